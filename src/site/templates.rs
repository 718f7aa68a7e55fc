//! The templates, and the one rule for text that comes out of them: cleaned, then escaped.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, Output, State, UndefinedBehavior, Value, context, escape_formatter};

use super::{Shared, text};

/// What a template is given: names and anything that can be serialised.
macro_rules! values {
    ($($key:ident => $value:expr),* $(,)?) => {
        minijinja::context! { $($key => minijinja::Value::from(minijinja::value::Serde(&$value))),* }
    };
}
pub(super) use values;

const ALL: [(&str, &str); 12] = [
    ("base.html", include_str!("templates/base.html")),
    ("macros.html", include_str!("templates/macros.html")),
    ("index.html", include_str!("templates/index.html")),
    ("packages.html", include_str!("templates/packages.html")),
    ("package.html", include_str!("templates/package.html")),
    ("changes.html", include_str!("templates/changes.html")),
    ("blockers.html", include_str!("templates/blockers.html")),
    ("about.html", include_str!("templates/about.html")),
    ("generators.html", include_str!("templates/generators.html")),
    ("rules.html", include_str!("templates/rules.html")),
    ("rule.html", include_str!("templates/rule.html")),
    ("feed.xml", include_str!("templates/feed.xml")),
];

/// All templates, read once.
pub(super) struct Templates(Environment<'static>);

impl Templates {
    /// Reads them.
    pub fn new() -> Result<Self, Error> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        env.set_formatter(cleaned);
        env.add_filter("grouped", |number: u64| text::grouped(number));
        // Escaped before the marks are put in, so these are safe.
        env.add_filter("prose", |told: &str| Value::from_safe_string(text::prose(told)));
        env.add_filter("paragraphs", text::paragraphs);
        for (name, source) in ALL {
            env.add_template(name, source)?;
        }
        env.add_template("generator.html", include_str!("templates/generator.html"))?;
        Ok(Self(env))
    }

    /// A page; `root` leads from it to the top of the site, and is made of `../` alone.
    pub fn page(
        &self,
        template: &str,
        shared: &Shared<'_>,
        root: &str,
        page: Value,
    ) -> Result<String, Error> {
        let mut text = self.0.get_template(template)?.render(
            context! { site => Value::from(minijinja::value::Serde(shared)), root => Value::from_safe_string(root.to_owned()), ..page },
        )?;
        text.push('\n');
        Ok(text)
    }

    /// A file that is no page.
    pub fn plain(&self, template: &str, context: Value) -> Result<String, Error> {
        let mut text = self.0.get_template(template)?.render(context)?;
        text.push('\n');
        Ok(text)
    }
}

/// Cleans every text before it is escaped, wherever it is put out. Null shows as a dash.
fn cleaned(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String if !value.is_safe() => {
            let clean = text::clean(value.as_str().unwrap_or_default());
            escape_formatter(out, state, &Value::from(clean))
        }
        ValueKind::None => escape_formatter(out, state, &Value::from("\u{2013}")),
        _ => escape_formatter(out, state, value),
    }
}
