//! From an init hook to what it declares.

use super::declaration::Declaration;
use super::image::Image;
use super::names::Hook;
use crate::knowledge::Knowledge;
use crate::model::Init;

/// What a hook declares.
pub fn declaration(_image: &Image<'_>, hook: &Hook<'_>, _known: &Knowledge) -> Declaration {
    Declaration::unknown(Init::Unknown, format!("the code of {} was not followed", hook.name))
}
