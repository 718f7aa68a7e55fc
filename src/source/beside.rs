//! Which `.pxd` lies beside a Python file.
//!
//! Cython compiles a Python file together with the `.pxd` of its name, and nothing in the file says so: what the `.pxd`
//! declares has to be known before the file is read. Members come one by one, and archives are sorted, so that a `.pxd`
//! comes first. Where it does not, the file is read as Python, and that is a gap.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::MemberPath;

/// Room for the declarations of one artifact, in bytes. What goes beyond is as if it had come too late.
const ROOM: usize = 8 << 20;

/// The `.pxd` files of an artifact that came so far.
#[derive(Debug, Default)]
pub struct Beside {
    /// By their paths without the extension.
    texts: HashMap<String, Arc<[u8]>>,
    taken: usize,
}

impl Beside {
    /// Takes in a member: a `.pxd` is kept, of all others nothing is.
    pub fn meet(&mut self, path: &MemberPath, bytes: &[u8]) {
        let Some(stem) = path.as_str().strip_suffix(".pxd") else { return };
        let taken = self.taken.saturating_add(bytes.len());
        if taken <= ROOM {
            self.taken = taken;
            self.texts.insert(stem.to_owned(), Arc::from(bytes));
        }
    }

    /// Of a Python file, the text of the `.pxd` beside it.
    pub fn of(&self, path: &MemberPath) -> Option<Arc<[u8]>> {
        self.texts.get(path.as_str().strip_suffix(".py")?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_belong_to_the_python_file_of_their_name() {
        let path = |text: &str| MemberPath::new(text).expect("a safe path");
        let mut beside = Beside::default();
        beside.meet(&path("a/x.pxd"), b"cdef int f()");
        beside.meet(&path("a/y.py"), b"");
        assert_eq!(beside.of(&path("a/x.py")).as_deref(), Some(&b"cdef int f()"[..]));
        for other in ["a/y.py", "b/x.py", "a/x.pyx", "x.py"] {
            assert!(beside.of(&path(other)).is_none(), "{other}");
        }
        beside.meet(&path("a/big.pxd"), &vec![b' '; ROOM]);
        assert!(beside.of(&path("a/big.py")).is_none(), "no more room");
    }
}
