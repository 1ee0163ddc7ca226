//! Operators between quantities and numbers.

use std::cmp::Ordering;

use pogo_hal::{Quantity, QuantityError};
use rhai::{Dynamic, FuncRegistration, Module};

use super::{Result, of, refused};
use crate::script_error;

type Combine = fn(&Quantity, &Quantity) -> std::result::Result<Quantity, QuantityError>;
type Compare = fn(Ordering) -> bool;

const COMBINE: [(&str, Combine); 4] =
    [("+", Quantity::plus), ("-", Quantity::minus), ("*", Quantity::times), ("/", Quantity::over)];

const COMPARE: [(&str, Compare); 4] = [
    ("<", Ordering::is_lt),
    ("<=", Ordering::is_le),
    (">", Ordering::is_gt),
    (">=", Ordering::is_ge),
];

pub(super) fn register(module: &mut Module) {
    let call = |name: &str| FuncRegistration::new(name).in_global_namespace().with_purity(true);
    let plain = |number: i64| Quantity::number(number as f64);
    for (name, combine) in COMBINE {
        let run = move |left: &Quantity, right: &Quantity| combine(left, right).map_err(refused);
        call(name).set_into_module(module, move |a: &mut Quantity, b: Quantity| run(a, &b));
        call(name).set_into_module(module, move |a: &mut Quantity, b: i64| run(a, &plain(b)));
        call(name).set_into_module(module, move |a: i64, b: Quantity| run(&plain(a), &b));
        call(name)
            .set_into_module(module, move |a: &mut Quantity, b: f64| run(a, &Quantity::number(b)));
        call(name)
            .set_into_module(module, move |a: f64, b: Quantity| run(&Quantity::number(a), &b));
    }
    for (name, holds) in COMPARE {
        // Nothing is larger or smaller than what is not a number.
        let run = move |left: &Quantity, right: &Quantity| {
            left.compare(right).map(|it| it.is_some_and(holds)).map_err(refused)
        };
        call(name).set_into_module(module, move |a: &mut Quantity, b: Quantity| run(a, &b));
        call(name).set_into_module(module, move |a: &mut Quantity, b: i64| run(a, &plain(b)));
        call(name).set_into_module(module, move |a: i64, b: Quantity| run(&plain(a), &b));
        call(name)
            .set_into_module(module, move |a: &mut Quantity, b: f64| run(a, &Quantity::number(b)));
        call(name)
            .set_into_module(module, move |a: f64, b: Quantity| run(&Quantity::number(a), &b));
    }
    for name in ["==", "!="] {
        call(name).set_into_module(module, move |a: &mut Quantity, b: Quantity| equal(a, &b));
        // Without these, Rhai answers `false` for values of two types.
        call(name).set_into_module(module, move |a: &mut Quantity, b: Dynamic| differing(a, &b));
        call(name).set_into_module(module, move |a: Dynamic, b: Quantity| differing(&b, &a));
    }
    call("-").set_into_module(module, |a: &mut Quantity| a.negative().map_err(refused));
    call("+").set_into_module(module, |a: &mut Quantity| a.clone());
}

fn equal(left: &Quantity, right: &Quantity) -> Result<bool> {
    left.compare(right).map_err(refused)?;
    let hint = "say how near is near enough: `within(nominal, tolerance)`, or compare with `<`";
    let message = format!("{left} and {right} cannot be compared for equality");
    Err(script_error(message, hint.to_owned()))
}

fn differing(quantity: &Quantity, other: &Dynamic) -> Result<bool> {
    match of(other) {
        Some(number) => equal(quantity, &number),
        None => {
            let message = format!("{quantity} cannot be compared with a {}", other.type_name());
            Err(script_error(message, None::<String>))
        }
    }
}
