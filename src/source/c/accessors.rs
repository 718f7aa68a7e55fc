//! What the macros of a project's headers do to the objects that its files hand them.
//!
//! In: what each file kept. Each call of a macro that a header defines as `(((T *)(o))->f)` becomes an access to that field
//! of what it is given, as if the macro's body stood there. Of a name that headers define in several ways, or that is a
//! function's as well, nobody knows what is meant: it is left.

use foldhash::{HashMap, HashMapExt as _};

use super::summary::{AccessorSeen, Act, CSeen, FieldSeen, Name};

/// Tells the accesses that calls of macros of other files are.
pub fn spread<'a>(files: impl Iterator<Item = &'a mut CSeen>) {
    let mut files: Vec<&mut CSeen> = files.collect();
    let all = known(&files);
    if all.is_empty() {
        return;
    }
    for seen in &mut files {
        expand(seen, &all);
    }
}

/// Macros of which one meaning is known.
fn known(files: &[&mut CSeen]) -> HashMap<Box<str>, AccessorSeen> {
    let mut all: HashMap<Box<str>, Option<AccessorSeen>> = HashMap::new();
    for one in files.iter().flat_map(|seen| &seen.accessors) {
        let kept = all.entry(one.name.clone()).or_insert_with(|| Some(one.clone()));
        if kept.as_ref() != Some(one) {
            *kept = None;
        }
    }
    if !all.is_empty() {
        for seen in files {
            for function in &seen.functions {
                if let Some(name) = seen.names.get(function.name as usize) {
                    all.remove(name);
                }
            }
        }
    }
    all.into_iter().filter_map(|(name, one)| Some((name, one?))).collect()
}

fn expand(seen: &mut CSeen, all: &HashMap<Box<str>, AccessorSeen>) {
    let meant: Vec<Option<&AccessorSeen>> = seen.names.iter().map(|name| all.get(name)).collect();
    if meant.iter().all(Option::is_none) {
        return;
    }
    let texts = seen.names.clone();
    let mut numbers: HashMap<&str, Name> = texts.iter().zip(0..).collect();
    let mut more: Vec<Box<str>> = Vec::new();
    let mut made: Vec<FieldSeen> = Vec::new();
    for call in &seen.calls {
        let Some(one) = meant.get(call.callee as usize).copied().flatten() else { continue };
        let param = usize::from(one.param);
        let Some(origin) = call.arguments.get(param).copied().filter(|origin| !origin.is_own()) else {
            continue;
        };
        let [kind, field] = [&one.kind, &one.field].map(|text| {
            *numbers.entry(text).or_insert_with(|| {
                more.push(text.clone());
                (texts.len() + more.len() - 1) as Name
            })
        });
        made.push(FieldSeen {
            function: call.caller,
            kind,
            by_call: false,
            field,
            object: call.objects.get(param).copied().unwrap_or_default(),
            origin,
            act: if call.changes { Act::Write } else { one.act },
            deep: one.deep,
            lazy: None,
            callee: 0,
            argument: 0,
            bits: call.bits,
            place: call.place,
        });
    }
    more.iter().for_each(|name| seen.names.push(name));
    seen.fields.extend(made);
    seen.fields.sort_by_key(|one| (one.function, one.place));
}
