//! What the call at a place takes.

use lsp_types::{
    Documentation, ParameterInformation, ParameterLabel, Position, SignatureHelp,
    SignatureInformation,
};

use super::script::{Meaning, Script};
use crate::reference::argument;

/// What the call takes whose parentheses are open at `position`.
pub fn help(script: &Script<'_>, position: Position) -> Option<SignatureHelp> {
    let cursor = script.cursor(position);
    let call = cursor.call(cursor.before())?;
    let text = |it: String| (!it.is_empty()).then_some(Documentation::String(it));
    let (label, about, parameters): (_, _, Vec<_>) = match script.meaning(call.path, call.name)? {
        Meaning::Entry(_, it, _) => {
            let parameter = |it: &pogo_sandbox::reference::Argument| ParameterInformation {
                label: ParameterLabel::Simple(it.spelt()),
                documentation: text(argument(it)),
            };
            (it.usage(), it.about.to_owned(), it.takes.iter().map(parameter).collect())
        }
        Meaning::Function(it, _) => {
            let parameter = |it: &String| ParameterInformation {
                label: ParameterLabel::Simple(it.clone()),
                documentation: None,
            };
            (it.usage(), it.about.clone(), it.parameters.iter().map(parameter).collect())
        }
        Meaning::Unit(_) | Meaning::Role(_) | Meaning::Register(_) => return None,
    };
    let active = u32::try_from(call.argument).ok();
    Some(SignatureHelp {
        signatures: vec![SignatureInformation {
            label,
            documentation: text(about),
            parameters: Some(parameters),
            active_parameter: active,
        }],
        active_signature: Some(0),
        active_parameter: active,
    })
}
