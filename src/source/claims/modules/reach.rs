//! What lies on the ways from a function: definitions, slot arrays and calls that declare, through macros and calls.

use super::*;

impl Reader<'_> {
    /// Everything that a body leads to within the file.
    pub(super) fn reach(&mut self, body: (usize, usize)) -> Reached {
        let mut reached = Reached::default();
        let mut seen = HashSet::new();
        let mut ranges = vec![body];
        while let Some((from, to)) = ranges.pop() {
            if to.saturating_sub(from) > self.budget {
                break;
            }
            self.budget -= to.saturating_sub(from);
            for i in from..to {
                let word = self.parts.source.word(i);
                if word.is_empty() {
                    continue;
                }
                self.look(i, word, &mut reached);
                if !seen.insert(word) {
                    continue;
                }
                for &at in self.functions.get(word).map(Vec::as_slice).unwrap_or_default() {
                    ranges.extend(self.parts.file.items.functions.get(at).map(|one| one.body));
                }
                for &variable in self.variables.get(word).map(Vec::as_slice).unwrap_or_default() {
                    self.add(variable, &mut reached, &mut ranges);
                }
            }
        }
        reached
    }

    /// Adds a definition or array, and the array of a definition.
    pub(super) fn add(&self, variable: Variable, reached: &mut Reached, ranges: &mut Vec<(usize, usize)>) {
        match variable {
            Variable::Array(at) => {
                if reached.arrays.insert(at)
                    && let Some(array) = self.arrays.get(at)
                {
                    ranges.push((array.tokens.1, array.tokens.2));
                }
            }
            Variable::Definition(at) => {
                if reached.definitions.insert(at)
                    && let Some(slots) = self.definitions.get(at).and_then(|one| one.slots.as_deref())
                {
                    for &array in self.variables.get(slots).map(Vec::as_slice).unwrap_or_default() {
                        if let Variable::Array(_) = array {
                            self.add(array, reached, ranges);
                        }
                    }
                }
            }
        }
    }

    /// What one word of a body does.
    pub(super) fn look(&self, i: usize, word: &str, reached: &mut Reached) {
        let source = self.parts.source;
        let call = source.is(i + 1, op(b"("));
        if self.known.has(word, Trait::SetsGil) {
            if call {
                self.sets_gil(i, word, reached);
            }
        } else if self.creates(word) {
            if call {
                reached.creates.get_or_insert((i, source.after_group(i + 1).saturating_sub(1)));
            }
        } else if self.parts.macros.contains_key(word) {
            self.use_of_macro(i, word, reached);
        } else if call
            && self.known.c_api(word).is_none()
            && !self.functions.contains_key(word)
            && reached.calls.len() < OPEN
        {
            reached.calls.insert(word.to_owned());
        }
    }

    /// Whether a function makes a module object, or hands its definition to the interpreter to make one.
    pub(super) fn creates(&self, word: &str) -> bool {
        self.known.has(word, Trait::MultiPhase)
            || (self.known.has(word, Trait::SinglePhase) && self.known.has(word, Trait::FreshObject))
    }

    /// Reads a call that declares: `f(module, value)`.
    pub(super) fn sets_gil(&self, i: usize, word: &str, reached: &mut Reached) {
        let source = self.parts.source;
        let Some(&(from, to)) = source.arguments(i + 1).get(1) else { return };
        let value = self.parts.last_word(from, to).unwrap_or_default();
        let at = source.start(i);
        let values = self.parts.values(value, at);
        if values.is_empty() {
            reached.open.push(value.to_owned());
        }
        for (declares, decided) in values {
            let place = self.parts.place(i, source.after_group(i + 1).saturating_sub(1));
            let mut says = self.parts.statement(declares, place, at, format!("{word}({value})"));
            if decided != at {
                says.guard = join_guards(says.guard, self.parts.guard(decided));
                says.minors = says.minors.and(self.parts.file.minors_at(decided));
            }
            reached.says.push(says);
        }
    }

    /// Looks into a macro of the file for what creates or declares.
    pub(super) fn use_of_macro(&self, i: usize, word: &str, reached: &mut Reached) {
        let source = self.parts.source;
        let last = if source.is(i + 1, op(b"(")) { source.after_group(i + 1).saturating_sub(1) } else { i };
        for one in self.parts.macros(word) {
            let tokens = body(self.parts.file, one);
            for token in tokens.iter().filter(|token| token.kind == Kind::Ident) {
                let inner = text(self.parts.file, token);
                if self.creates(inner) {
                    reached.creates.get_or_insert((i, last));
                } else if self.known.has(inner, Trait::SetsGil) {
                    match self.macro_value(one, &tokens) {
                        Some(declares) => {
                            let evidence = format!("{inner} by the macro {word}");
                            let place = self.parts.place(i, last);
                            let at = source.start(i);
                            let mut says = self.parts.statement(declares, place, at, evidence);
                            says.guard = join_guards(says.guard, self.parts.guard(one.at));
                            says.minors = says.minors.and(self.parts.file.minors_at(one.at));
                            reached.says.push(says);
                        }
                        None => reached.open.push(word.to_owned()),
                    }
                }
            }
        }
    }

    pub(super) fn macro_value(&self, one: &Macro, tokens: &[Token]) -> Option<bool> {
        tokens
            .iter()
            .filter(|token| token.kind == Kind::Ident)
            .find_map(|token| self.parts.values(text(self.parts.file, token), one.at).first().copied())
            .map(|(value, _)| value)
    }

    /// Ties an entry to a definition that its body does not mention by name.
    pub(super) fn settle(&self, name: &str, alone: bool, reached: &mut Reached) {
        if !reached.definitions.is_empty() || !reached.arrays.is_empty() {
            return;
        }
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let by_name =
            self.definitions.iter().position(|one| one.name.as_deref().map(last).as_deref() == Some(name));
        let only = (alone && self.definitions.len() == 1).then_some(0);
        let Some(at) = by_name.or(only) else { return };
        reached.definitions.insert(at);
        let slots = self.definitions.get(at).and_then(|one| one.slots.as_deref());
        for (k, array) in self.arrays.iter().enumerate() {
            if slots == Some(array.name.as_str()) {
                reached.arrays.insert(k);
            }
        }
    }

    /// In a file with one module every call that declares speaks for it, wherever it stands.
    pub(super) fn add_all_calls(&self, reached: &mut Reached) {
        let source = self.parts.source;
        for i in 0..source.tokens.list.len() {
            if source.is(i + 1, op(b"(")) && self.known.has(source.word(i), Trait::SetsGil) {
                let place = self.parts.place(i, source.after_group(i + 1).saturating_sub(1));
                if !reached.says.iter().any(|says| says.place.location == place.location) {
                    self.sets_gil(i, source.word(i), reached);
                }
            }
        }
    }
}
