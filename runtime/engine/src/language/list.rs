//! `measure("rails", [ … ], limit)`: lists judged value by value, and curves against a band.

use pogo_record::{Value, Verdict};
use pogo_sandbox::rhai::{Array, Dynamic};
use pogo_sandbox::script_error;

use super::judging::{after, criterion, judge, refused};
use crate::bridge::Outcome;
use crate::ledger::ELEMENT;
use crate::limit_file;
use crate::limits::{self, Band, Criterion};
use crate::site::Site;

/// How many values a list that is judged may have: each is an entry of the record.
const MOST: usize = 10_000;

/// Judges every value of `list` under the name with its number behind it.
pub(super) fn measure(
    site: &Site,
    name: &str,
    list: Dynamic,
    limit: Option<&Dynamic>,
) -> Outcome<Dynamic> {
    let items = list.read_lock::<Array>().map(|it| it.clone()).unwrap_or_default();
    if items.is_empty() || items.len() > MOST {
        let message = format!("measure: `{name}` is a list of {} values", items.len());
        return Err(script_error(message, format!("there have to be 1 to {MOST}")));
    }
    let judged = by(site, name, &items, limit)?;
    let (mut worst, mut outcome) = (Verdict::Pass, Ok(()));
    for (at, (value, by)) in judged.iter().enumerate() {
        let own = format!("{name}_{}", at + 1);
        let amount = limits::value("measure", value.clone())?;
        match judge(site, ELEMENT, &own, value, amount, by) {
            Ok(verdict) => worst = worst.max(verdict),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    let shown = match judged.as_slice() {
        [(_, first), rest @ ..] if rest.iter().all(|(_, it)| it.limit == first.limit) => {
            first.limit.to_string()
        }
        _ => "each its own".to_owned(),
    };
    let told = site.ledger().judged_all(name, judged.len(), &shown);
    told.map_err(|(message, hint)| script_error(format!("measure: {message}"), hint))?;
    outcome?;
    after(site, name, worst)?;
    Ok(list)
}

/// Every value with what it is judged by.
fn by(
    site: &Site,
    name: &str,
    items: &[Dynamic],
    limit: Option<&Dynamic>,
) -> Outcome<Vec<(Dynamic, Criterion)>> {
    let wrong = |what: String, hint: &str| {
        script_error(format!("measure: `{name}`: {what}"), hint.to_owned())
    };
    let many = limit.and_then(|it| it.read_lock::<Array>().map(|it| it.clone()));
    let band = limit.and_then(|it| it.read_lock::<Band>().map(|it| it.clone()));
    let inline = match (limit, &many, &band) {
        (Some(limit), None, None) => Some(limits::limit(limit)?),
        _ => None,
    };
    let own = many.is_some() || band.is_some();
    if own && let Some(filed) = site.product.limit(name) {
        return Err(refused(limit_file::twice("measure", name, &filed.place.to_string())));
    }
    if let Some(band) = band {
        let point = |item: &Dynamic| match item.read_lock::<Array>().as_deref().map(Vec::as_slice) {
            Some([x, y]) => {
                let (at, limit) = band.at(x)?;
                amount(name, y)?;
                Ok((y.clone(), Criterion { limit, source: None, at: Some(at) }))
            }
            _ => Err(wrong(
                format!("a {} is no point of a curve", item.type_name()),
                "a curve is a list of `[x, y]`",
            )),
        };
        return items.iter().map(point).collect();
    }
    items.iter().try_for_each(|it| amount(name, it))?;
    if let Some(many) = many {
        if many.len() != items.len() {
            let what = format!("there are {} limits for {} values", many.len(), items.len());
            return Err(wrong(what, "give one limit for all, or one for each"));
        }
        let each = |(item, limit): (&Dynamic, &Dynamic)| {
            Ok((item.clone(), Criterion::from(limits::limit(limit)?)))
        };
        return items.iter().zip(&many).map(each).collect();
    }
    let by = criterion(site, "measure", name, inline)?
        .ok_or_else(|| refused(limit_file::nowhere(name, &site.product)))?;
    Ok(items.iter().map(|item| (item.clone(), by.clone())).collect())
}

/// Whether `item` is a matter of degree.
fn amount(name: &str, item: &Dynamic) -> Outcome<()> {
    match limits::value("measure", item.clone())? {
        Value::Bool(_) | Value::Text(_) => {
            let kind = item.type_name();
            let message = format!("measure: `{name}` holds a {kind}, not a number or quantity");
            Err(script_error(message, "judge booleans and texts with `check`".to_owned()))
        }
        _ => Ok(()),
    }
}
