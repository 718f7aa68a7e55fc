//! One function body, read once: its locals, what they are assigned, where they escape, and its calls.
//!
//! In: a function's tokens. Out: [`Body`], which `regions`, `origin` and `access` ask. Scopes inside a function
//! are not told apart: two locals of one name are one local with the values of both, which errs towards
//! "shared".

use std::cell::{Cell, RefCell};

use foldhash::{HashMap, HashMapExt as _};

use super::declare::{Variable, variables};
use super::items::Function;
use super::lex::{Kind, op};
use super::names::{Names, is_keyword, is_name};
use super::text::Source;
use crate::knowledge::Trait;

/// How many tokens the arguments of a template may have.
const LONGEST_TEMPLATE: usize = 24;

/// How many values that a local was given before are looked at.
const BEFORE: usize = 64;

/// How many tokens and groups an expression is followed for. Real ones end long before; of operators without an end, each
/// asks for the end of what follows it.
const EXPRESSION: usize = 2_000;

/// How many values of a local a lambda is told of.
const CAPTURED: usize = 100;

/// A value that a local was given.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// An expression's tokens.
    Expression(usize, usize),
    /// Its address was passed to a call, which stored something.
    Out,
}

/// A parameter or a variable declared in the body.
#[derive(Debug, Clone)]
pub struct Local {
    /// As declared.
    pub declared: Variable,
    /// Which parameter it is.
    pub param: Option<u32>,
    /// Values it was given, with the token at which.
    pub values: Vec<(usize, Value)>,
    /// Tokens at which others came to know what it points to, with the container it was put in, if any.
    pub escapes: Vec<(usize, Option<(usize, usize)>)>,
}

/// A call of something that has a name.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The token that names the callee.
    pub name: usize,
    /// Its `(`.
    pub open: usize,
    /// The token after its `)`.
    pub end: usize,
}

/// A pair of curly brackets.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Its `{`.
    pub open: usize,
    /// Its `}`.
    pub close: usize,
    /// The block around it, by index.
    pub parent: Option<usize>,
    /// It is the body of a loop.
    pub is_loop: bool,
}

/// A function body with its locals and calls.
pub struct Body<'a> {
    /// Text and tokens of the file.
    pub source: Source<'a>,
    /// The function.
    pub function: &'a Function,
    /// The file's names.
    pub names: &'a Names<'a>,
    /// Parameters and locals.
    pub locals: HashMap<&'a str, Local>,
    /// Calls in order of their names.
    pub calls: Vec<Call>,
    /// Blocks in order of their `{`.
    pub blocks: Vec<Block>,
    /// For each call the one in whose brackets it stands.
    outer: Vec<Option<usize>>,
    /// What jumps go to, in order.
    pub(super) labels: Vec<usize>,
    /// What is left of the effort for following one value.
    pub(super) steps: Cell<u32>,
    /// Locals whose values are being followed, by the token that declares them.
    pub(super) asked: RefCell<Vec<usize>>,
}

impl<'a> Body<'a> {
    /// Reads the body of a function.
    pub fn read(source: Source<'a>, function: &'a Function, names: &'a Names<'a>) -> Self {
        let mut body = Self {
            source,
            function,
            names,
            locals: HashMap::new(),
            calls: Vec::new(),
            blocks: Vec::new(),
            labels: Vec::new(),
            outer: Vec::new(),
            steps: Cell::new(0),
            asked: RefCell::default(),
        };
        for (at, param) in function.params.iter().enumerate() {
            if param.name.is_empty() {
                continue;
            }
            // The name is text of the file, which outlives this.
            let name = source.word(param.token);
            let name = if name == param.name { name } else { param.name.as_str() };
            body.locals.insert(name, Local::new(param.clone(), u32::try_from(at).ok()));
        }
        let (from, to) = function.body;
        body.find_blocks(from, to);
        // A constructor calls what it initialises its members with.
        let mut i = match function.class.as_deref() {
            Some(class) if class == function.name => {
                source.after_group(function.name_token + 1).min(from + 1)
            }
            _ => from + 1,
        };
        while i < to {
            if i > from && body.begins_statement(i) && is_name(&source, i) {
                body.declaration(i, to);
            }
            if source.is(i, op(b"=")) {
                body.assignment(i, to);
            } else if source.is(i, op(b"(")) && source.is_ident(i.wrapping_sub(1)) {
                let name = i - 1;
                if !is_keyword(source.word(name)) {
                    body.call(Call { name, open: i, end: source.after_group(i) });
                }
            } else if source.is(i, op(b"("))
                && source.is(i.wrapping_sub(1), op(b">"))
                && let Some(name) = body.template(i - 1)
            {
                body.call(Call { name, open: i, end: source.after_group(i) });
            }
            i += 1;
        }
        body.find_outer();
        body.labels = (from..to).filter(|&t| body.is_label(t)).collect();
        body
    }

    /// Calls whose name stands in a range.
    pub fn calls_between(&self, from: usize, to: usize) -> impl Iterator<Item = &Call> {
        let first = self.calls.partition_point(|call| call.open < from);
        let after = self.calls.partition_point(|call| call.open <= to + LONGEST_TEMPLATE).max(first);
        let near = self.calls.get(first..after).unwrap_or_default();
        near.iter().filter(move |call| (from..to).contains(&call.name))
    }

    /// The innermost call in whose brackets a token stands.
    pub fn call_around(&self, i: usize) -> Option<&Call> {
        let mut at = self.calls.partition_point(|call| call.open < i).checked_sub(1)?;
        loop {
            let call = self.calls.get(at)?;
            if i < call.end {
                return Some(call);
            }
            at = self.outer.get(at).copied().flatten()?;
        }
    }

    fn find_outer(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for (at, call) in self.calls.iter().enumerate() {
            while open.pop_if(|&mut one| self.calls.get(one).is_none_or(|one| one.end <= call.open)).is_some()
            {
            }
            self.outer.push(open.last().copied());
            open.push(at);
        }
    }

    /// Whether a token is what a jump goes to: a label, or a case of a `switch`.
    fn is_label(&self, t: usize) -> bool {
        let source = &self.source;
        let ends = |t: usize| [op(b";"), op(b"{"), op(b"}")].iter().any(|one| source.is(t, *one));
        let named = source.is_ident(t) && source.is(t + 1, op(b":")) && ends(t.wrapping_sub(1));
        named || matches!(source.word(t), "case" | "default")
    }

    /// The name before the `<…>` that ends at token `close`, if it may be that of a function: `f<T>(x)`.
    pub(super) fn template(&self, close: usize) -> Option<usize> {
        if !self.names.is_cpp() {
            return None;
        }
        let source = &self.source;
        let mut depth = 0_u32;
        for i in (close.saturating_sub(LONGEST_TEMPLATE)..=close).rev() {
            if source.is(i, op(b">")) {
                depth += 1;
            } else if source.is(i, op(b"<")) {
                // A comparison, if nothing was to be closed.
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let name = i.checked_sub(1)?;
                    let word = source.word(name);
                    let calls = is_name(source, name) && !word.ends_with("_cast");
                    return (calls && !self.locals.contains_key(word)).then_some(name);
                }
            } else if !source.is_ident(i)
                && ![op(b"::"), op(b","), op(b"*"), op(b"&")].iter().any(|one| source.is(i, *one))
                && source.kind(i) != Some(Kind::Number)
            {
                return None;
            }
        }
        None
    }

    /// Takes what a lambda uses of the locals of the function around it for its own.
    pub fn capture(&mut self, outer: &Self) {
        let (from, to) = self.function.body;
        for i in from..to {
            let word = self.source.word(i);
            if !word.is_empty()
                && !self.locals.contains_key(word)
                && let Some(local) = outer.locals.get(word)
                && local.declared.token < self.function.head
            {
                // More than so many are followed nowhere.
                let values = local.values.iter().take(CAPTURED).copied().collect();
                let escapes = local.escapes.iter().take(CAPTURED).copied().collect();
                let declared = local.declared.clone();
                self.locals.insert(word, Local { declared, param: None, values, escapes });
            }
        }
    }

    fn find_blocks(&mut self, from: usize, to: usize) {
        let source = self.source;
        let mut parent: Option<usize> = None;
        for i in from..to {
            if source.is(i, op(b"{")) {
                let before = i.wrapping_sub(1);
                let head = source.mate(before).filter(|_| source.is(before, op(b")")));
                let word = head.map_or(source.word(before), |head| source.word(head.wrapping_sub(1)));
                let is_loop = matches!(word, "for" | "while" | "do");
                self.blocks.push(Block { open: i, close: source.mate(i).unwrap_or(to), parent, is_loop });
                parent = Some(self.blocks.len() - 1);
            } else if source.is(i, op(b"}")) {
                parent = parent.and_then(|at| self.blocks.get(at)).and_then(|block| block.parent);
            }
        }
    }

    /// The innermost block around token `i`.
    pub fn block_at(&self, i: usize) -> Option<&Block> {
        self.blocks.get(self.block_index_at(i)?)
    }

    /// The same, by its place in the list.
    pub fn block_index_at(&self, i: usize) -> Option<usize> {
        let mut at = self.blocks.partition_point(|block| block.open < i).checked_sub(1)?;
        loop {
            let block = self.blocks.get(at)?;
            if i < block.close {
                return Some(at);
            }
            at = block.parent?;
        }
    }

    fn begins_statement(&self, i: usize) -> bool {
        match self.source.kind(i.wrapping_sub(1)) {
            Some(Kind::Op(code)) => {
                code == op(b";")
                    || code == op(b"{")
                    || code == op(b"}")
                    || code == op(b":")
                    || (code == op(b"(")
                        && matches!(self.source.word(i.wrapping_sub(2)), "for" | "if" | "while"))
                    || (code == op(b")") && self.after_shout(i - 1))
            }
            _ => false,
        }
    }

    /// Whether the group that closes at `i` is a macro's that stands as a statement, without `;`.
    fn after_shout(&self, i: usize) -> bool {
        let Some(open) = self.source.mate(i) else { return false };
        let word = self.source.word(open.wrapping_sub(1));
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    }

    fn declaration(&mut self, i: usize, to: usize) {
        let source = self.source;
        let second = match source.kind(i + 1) {
            Some(Kind::Ident) => true,
            Some(Kind::Op(code)) => {
                code == op(b"*") || code == op(b"&") || code == op(b"::") || code == op(b"<")
            }
            _ => false,
        };
        if !second {
            return;
        }
        let mut end = i;
        while end < to {
            match source.kind(end) {
                Some(Kind::Op(code)) if code == op(b";") || code == op(b")") || code == op(b"}") => break,
                Some(Kind::Op(code)) if code == op(b"(") || code == op(b"[") || code == op(b"{") => {
                    end = source.after_group(end);
                }
                _ => end += 1,
            }
        }
        for mut variable in variables(&source, i, end.min(to)) {
            variable.thread_local |=
                variable.is_static && (i..variable.token).any(|t| self.names.is_thread_local(source.word(t)));
            let name = source.word(variable.token);
            let (from, until) = variable.init;
            let at = variable.token;
            let local = self.locals.entry(name).or_insert_with(|| Local::new(variable.clone(), None));
            if local.param.is_none() && local.declared.token != at {
                // Of two locals of one name the static one, or the first, stands for both.
                if variable.is_static && !local.declared.is_static {
                    local.declared = variable;
                }
            }
            // `=` is met again as an assignment; brackets are not.
            if until > from && !source.is(from.wrapping_sub(1), op(b"=")) {
                local.values.push((at, Value::Expression(from, until)));
            }
        }
    }

    fn assignment(&mut self, at: usize, to: usize) {
        let source = self.source;
        let end = self.expression_end(at + 1, to);
        let target = at.wrapping_sub(1);
        let simple = source.is_ident(target)
            && !source.is(target.wrapping_sub(1), op(b"->"))
            && !source.is(target.wrapping_sub(1), op(b"."));
        if simple && let Some(local) = self.locals.get_mut(source.word(target)) {
            // `*out = x` stores through the local; `T *x = y` declares it.
            let stored = source.is(target.wrapping_sub(1), op(b"*")) && local.declared.token != target;
            if !stored {
                local.values.push((at, Value::Expression(at + 1, end)));
                if !local.declared.is_static {
                    return;
                }
            }
        }
        // Stored somewhere that is no local: whatever local is stored has escaped.
        if let Some(name) = self.only_name(at + 1, end)
            && self.locals.contains_key(name)
        {
            let base = self.base_of(target);
            let own = base.is_some_and(|base| base == name);
            if !own {
                let container = base.map(|_| (self.path_start(target), at));
                if let Some(local) = self.locals.get_mut(name) {
                    local.escapes.push((at, container));
                }
            }
        }
    }

    /// The first name of the path that ends at `last`.
    fn base_of(&self, last: usize) -> Option<&'a str> {
        let start = self.path_start(last);
        let word = self.source.word(start);
        (!word.is_empty()).then_some(word)
    }

    /// The first token of the path `a->b.c[d]` that ends at `last`.
    pub fn path_start(&self, last: usize) -> usize {
        let source = &self.source;
        let mut i = last;
        for _ in 0..40 {
            if source.is(i, op(b"]")) || source.is(i, op(b")")) {
                let Some(open) = source.mate(i).filter(|&open| open < i && open > 0) else { return i };
                i = open;
                if source.is_ident(i - 1) && !is_keyword(source.word(i - 1)) {
                    i -= 1;
                } else if source.is(i - 1, op(b"]")) {
                    i -= 1;
                    continue;
                }
            }
            let before = i.wrapping_sub(1);
            if source.is(before, op(b"->")) || source.is(before, op(b".")) || source.is(before, op(b"::")) {
                i = before.wrapping_sub(1);
            } else {
                return i;
            }
        }
        i
    }

    fn call(&mut self, call: Call) {
        let source = self.source;
        self.calls.push(call);
        let name = source.word(call.name);
        let traits = self.names.known(name).traits;
        let arguments = source.arguments(call.open);
        let keeps = traits.has(Trait::StealsReference) || traits.has(Trait::MutatesContainer);
        for (index, &(from, to)) in arguments.iter().enumerate() {
            let (from, to) = self.strip(from, to);
            if source.is(from, op(b"&")) && from + 2 == to {
                // What is resized stays what it was, or is replaced by a copy that is the caller's own.
                if !traits.has(Trait::ResizesIfUnique)
                    && let Some(local) = self.locals.get_mut(source.word(from + 1))
                {
                    local.values.push((call.open, Value::Out));
                }
            } else if keeps
                && index > 0
                && let Some(word) = self.only_name(from, to)
                && let Some(local) = self.locals.get_mut(word)
            {
                local.escapes.push((call.open, arguments.first().copied()));
            }
        }
    }

    /// The name that an expression consists of, casts and brackets aside.
    pub fn only_name(&self, from: usize, to: usize) -> Option<&'a str> {
        let (from, to) = self.strip(from, to);
        (from + 1 == to && self.source.is_ident(from)).then(|| self.source.word(from))
    }

    /// An expression without the brackets around it and the casts before it.
    pub fn strip(&self, mut from: usize, mut to: usize) -> (usize, usize) {
        let source = &self.source;
        for _ in 0..8 {
            if from >= to || !source.is(from, op(b"(")) {
                break;
            }
            let Some(close) = source.mate(from).filter(|&close| close > from && close < to) else { break };
            if close + 1 == to {
                from += 1;
                to -= 1;
            } else if self.is_type(from + 1, close) {
                from = close + 1;
            } else {
                break;
            }
        }
        (from, to)
    }

    /// Whether tokens look like a type: words, then perhaps stars.
    pub fn is_type(&self, from: usize, to: usize) -> bool {
        let source = &self.source;
        if from >= to || to - from > 6 || !source.is_ident(from) {
            return false;
        }
        let stars = (from..to).any(|t| source.is(t, op(b"*")));
        let words =
            (from..to).all(|t| source.is_ident(t) || source.is(t, op(b"*")) || source.is(t, op(b"::")));
        words && (stars || (to - from >= 1 && !self.locals.contains_key(source.word(from))))
    }

    /// Where an expression that begins at `from` ends: at `,`, `;` or a bracket that it did not open, or where it has been
    /// followed for long enough.
    pub fn expression_end(&self, from: usize, to: usize) -> usize {
        let source = &self.source;
        let mut i = from;
        for _ in 0..EXPRESSION {
            if i >= to {
                return to;
            }
            match source.kind(i) {
                Some(Kind::Op(code)) if code == op(b"(") || code == op(b"[") || code == op(b"{") => {
                    i = source.after_group(i);
                    continue;
                }
                Some(Kind::Op(code))
                    if code == op(b",")
                        || code == op(b";")
                        || code == op(b")")
                        || code == op(b"]")
                        || code == op(b"}") =>
                {
                    return i;
                }
                _ => {}
            }
            i += 1;
        }
        i.min(to)
    }

    /// Whether tokens `from..to` are what a loop goes through: `for (auto &one : range)`.
    pub fn is_range(&self, from: usize, to: usize) -> bool {
        let source = &self.source;
        let open = || source.mate(to).is_some_and(|open| source.word(open.wrapping_sub(1)) == "for");
        source.is(to, op(b")")) && source.is(from.wrapping_sub(1), op(b":")) && open()
    }

    /// The first token of the statement that holds token `i`.
    pub fn statement_start(&self, i: usize) -> usize {
        let source = &self.source;
        let mut at = i;
        let floor = self.function.body.0;
        while at > floor + 1 {
            match source.kind(at - 1) {
                Some(Kind::Op(code)) if code == op(b";") || code == op(b"{") || code == op(b"}") => {
                    return at;
                }
                Some(Kind::Op(code)) if code == op(b")") || code == op(b"]") => match source.mate(at - 1) {
                    Some(open) if open < at && open > floor => at = open,
                    _ => at -= 1,
                },
                _ => at -= 1,
            }
        }
        at
    }
}

impl Local {
    /// What it was given before a token, the last of many first.
    pub(super) fn values_before(&self, token: usize) -> impl Iterator<Item = Value> {
        let after = self.values.partition_point(|(at, _)| *at < token);
        let before = self.values.get(..after).unwrap_or_default();
        before.iter().rev().take(BEFORE).map(|(_, value)| *value)
    }

    fn new(declared: Variable, param: Option<u32>) -> Self {
        Self { declared, param, values: Vec::new(), escapes: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::c::CFile;

    #[test]
    fn locals_know_their_values_and_where_they_escape() {
        let text = "PyObject *f(Thing *self, PyObject *args)\n{\n  PyObject *a = PyList_New(0), *b;\n  static int n;\n\
                    b = args;\n  PyArg_ParseTuple(args, \"O\", &c);\n  for (int k = 0; k < 3; k++) { n = k; }\n\
                    PyObject *c;\n  self->list = (PyObject *)a;\n  PyList_Append(self->other, b);\n return b; }";
        let file = CFile::read("a.c", text.as_bytes());
        let names = Names::new(&file);
        let body = Body::read(file.source(), &file.items.functions[0], &names);
        assert_eq!(body.locals["self"].param, Some(0));
        assert_eq!(body.locals["a"].values.len(), 1);
        assert_eq!(body.locals["a"].escapes.len(), 1);
        assert_eq!(body.locals["b"].escapes.len(), 1);
        assert!(body.locals["n"].declared.is_static);
        assert_eq!(body.locals["k"].values.len(), 1);
        assert_eq!(body.calls.len(), 3);
    }

    #[test]
    fn a_qualified_name_declares_nothing_and_a_range_is_told_from_other_brackets() {
        let text = "void f(V &v) { ns::get(v).x = 1; T::count = 2; std::vector<int> w(3); ns::T t; for (auto &one : v) { g(v); } }";
        let file = CFile::read("a.cpp", text.as_bytes());
        let names = Names::new(&file);
        let body = Body::read(file.source(), &file.items.functions[0], &names);
        let mut locals: Vec<&str> = body.locals.keys().copied().collect();
        locals.sort_unstable();
        assert_eq!(locals, ["one", "t", "v", "w"]);
        let (from, to) = body.function.body;
        let ranges: Vec<&str> =
            (from..to).filter(|&t| body.is_range(t, t + 1)).map(|t| body.source.word(t)).collect();
        assert_eq!(ranges, ["v"]);
    }
}
