//! Modules that macros of binding libraries make, such as `PYBIND11_MODULE`.

use super::*;

impl<'a> Reader<'a> {
    /// Modules made whole by a binding library's macro.
    pub(super) fn makers(&mut self, out: &mut FileClaims) {
        let parts = self.parts;
        let source = parts.source;
        for i in 0..source.tokens.list.len() {
            if out.modules.len() >= MODULES {
                break;
            }
            if !source.is(i + 1, op(b"(")) {
                continue;
            }
            let Some((maker, named, says)) = self.maker(i) else { continue };
            let arguments = source.arguments(i + 1);
            let name = match named {
                Named::Fixed(name) => Some(name),
                Named::Argument(position) => arguments.get(position).and_then(|&(from, to)| {
                    let word = parts.last_word(from, to)?;
                    Some(parts.name_of_macro(word).unwrap_or_else(|| word.to_owned()))
                }),
            };
            let Some(name) = name else { continue };
            let after = source.after_group(i + 1);
            let mut reached = Reached { says, ..Reached::default() };
            self.arguments(maker, i, arguments.get(1..).unwrap_or_default(), &mut reached);
            if source.is(after, op(b"{")) {
                let inside = self.reach((after, source.mate(after).unwrap_or(after)));
                reached.says.extend(inside.says);
                reached.calls = inside.calls;
            }
            out.modules.push(ModuleSeen {
                name,
                framework: Framework { name: maker.framework.clone(), version: None },
                place: parts.place(i, after - 1),
                evidence: format!("{} without an argument that declares", source.word(i)),
                says: reached.says,
                open: reached.open,
                calls: reached.calls.into_iter().take(OPEN).collect(),
                defined: true,
                by_macro: None,
            });
        }
    }

    /// The maker that a use at token `i` comes down to, how it names the module, and what a macro in between says.
    pub(super) fn maker(
        &self,
        i: usize,
    ) -> Option<(&'a crate::knowledge::declarations::Maker, Named, Vec<Statement>)> {
        let parts = self.parts;
        let word = parts.source.word(i);
        if let Some(maker) = parts.facts.maker(word) {
            return Some((maker, Named::Argument(0), Vec::new()));
        }
        for one in parts.macros(word) {
            let tokens = body(parts.file, one);
            let at = |k: usize| tokens.get(k).map(|token| text(parts.file, token)).unwrap_or_default();
            let Some((k, maker)) = (0..tokens.len()).find_map(|k| Some((k, parts.facts.maker(at(k))?)))
            else {
                continue;
            };
            let first = at(k + 2);
            let param = one.params.as_ref().and_then(|params| params.iter().position(|param| param == first));
            let named = param.map_or_else(|| Named::Fixed(first.to_owned()), Named::Argument);
            let says = (k..tokens.len())
                .filter_map(|k| {
                    let declares = maker.declares.iter().any(|word| word == at(k));
                    let refuses = maker.refuses.iter().any(|word| word == at(k));
                    (declares || refuses).then(|| {
                        let place = parts.place(i, i);
                        parts.statement(declares, place, one.at, format!("{} in {}", at(k), one.name))
                    })
                })
                .collect();
            return Some((maker, named, says));
        }
        None
    }

    /// Reads the arguments of a maker that are not the name.
    pub(super) fn arguments(
        &self,
        maker: &crate::knowledge::declarations::Maker,
        use_at: usize,
        arguments: &[(usize, usize)],
        reached: &mut Reached,
    ) {
        let source = self.parts.source;
        for &(from, to) in arguments {
            for i in from..to {
                let word = source.word(i);
                let declares = maker.declares.iter().any(|one| one == word);
                let refuses = maker.refuses.iter().any(|one| one == word);
                if declares || refuses {
                    // The old form takes a flag.
                    let off = source.is(i + 1, op(b"(")) && matches!(source.word(i + 2), "false");
                    let evidence = format!("{word} in {}", source.word(use_at));
                    let place = self.parts.place(i, i);
                    reached.says.push(self.parts.statement(
                        declares != off,
                        place,
                        source.start(i),
                        evidence,
                    ));
                } else if !word.is_empty() && !maker.declares.is_empty() {
                    self.argument_macro(maker, word, i, reached);
                }
            }
        }
    }

    /// Follows an argument that is a macro of the file.
    pub(super) fn argument_macro(
        &self,
        maker: &crate::knowledge::declarations::Maker,
        word: &str,
        i: usize,
        reached: &mut Reached,
    ) {
        for one in self.parts.macros(word) {
            for token in body(self.parts.file, one) {
                let inner = text(self.parts.file, &token);
                let declares = maker.declares.iter().any(|one| one == inner);
                if declares || maker.refuses.iter().any(|one| one == inner) {
                    let evidence = format!("{inner} by the macro {word}");
                    reached.says.push(self.parts.statement(
                        declares,
                        self.parts.place(i, i),
                        one.at,
                        evidence,
                    ));
                }
            }
        }
    }
}
