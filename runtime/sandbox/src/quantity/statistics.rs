//! What can be asked of a list of quantities: readings, mostly.

use pogo_hal::{Dimension, Origins, Quantity, QuantityError};
use rhai::{Array, Dynamic, FuncRegistration, Module};

use super::{Result, of, refused};
use crate::reference::{Argument, Entry, Failure, Kind, argument};
use crate::script_error;

const MIXED_LIST: &[Failure] =
    &[Failure::script("the list is empty, or its items are not of one dimension")];
const TOO_FEW: &[Failure] =
    &[Failure::script("there are fewer than two items, or they are not of one dimension")];
const NO_READINGS: &[Failure] = &[Failure::script(
    "the items are no readings taken one after another, or not of one dimension",
)];
const PERCENT: &[Argument] =
    &[argument("percent", Kind::Number, "from 0, the least, to 100, the greatest")];
const PER: &[Argument] =
    &[argument("time", Kind::Quantity(Dimension::Time), "the time that it is the change in")];

/// What lists of quantities or numbers can be asked.
pub const LIST_METHODS: &[Entry] = &[
    Entry::new("sum", "the sum of quantities or numbers")
        .gives(Kind::Amount)
        .fails(MIXED_LIST)
        .example("let total = [1.mA, 2.mA].sum();"),
    Entry::new("mean", "the mean of quantities or numbers, of temperatures too")
        .gives(Kind::Amount)
        .fails(MIXED_LIST)
        .example("let level = [dmm.dc_voltage(), dmm.dc_voltage()].mean();"),
    Entry::new("min", "the least of them; one that is no number wins")
        .gives(Kind::Amount)
        .fails(MIXED_LIST)
        .example("let lowest = [3.V, 3.3.V].min();"),
    Entry::new("max", "the greatest of them; one that is no number wins")
        .gives(Kind::Amount)
        .fails(MIXED_LIST)
        .example("let highest = [3.V, 3.3.V].max();"),
    Entry::new("stddev", "the standard deviation of a sample: from n values, with n - 1")
        .gives(Kind::Amount)
        .fails(TOO_FEW)
        .example("let noise = sample(|| dmm.dc_voltage(), 10, 20.ms).stddev();"),
    Entry::new("percentile", "what so many percent are at most, on a line between the nearest two")
        .takes(PERCENT)
        .gives(Kind::Amount)
        .fails(MIXED_LIST)
        .example("let median = [3.V, 3.1.V, 3.3.V].percentile(50);"),
    Entry::new(
        "slope",
        "how much readings change in that time, by the straight line of least squares",
    )
    .takes(PER)
    .gives(Kind::AnyQuantity)
    .fails(NO_READINGS)
    .example("let drift = sample(|| dmm.dc_voltage(), 10, 1.s).slope(1.min);"),
];

pub(super) fn register(module: &mut Module) {
    let call = |name: &str| FuncRegistration::new(name).in_global_namespace().with_purity(true);
    call("sum").set_into_module(module, |array: &mut Array| sum(array, "sum").map(value));
    call("mean").set_into_module(module, mean);
    call("min").set_into_module(module, |it: &mut Array| extreme(it, "min", |a, b| a < b));
    call("max").set_into_module(module, |it: &mut Array| extreme(it, "max", |a, b| a > b));
    call("stddev").set_into_module(module, |it: &mut Array| stddev(it));
    call("percentile")
        .set_into_module(module, |it: &mut Array, percent: Dynamic| percentile(it, &percent));
    call("slope").set_into_module(module, |it: &mut Array, per: Dynamic| slope(it, &per));
}

/// The sum of what is in `array`, in order. Numbers and ratios mix; dimensions do not.
fn sum(array: &[Dynamic], verb: &str) -> Result<Quantity> {
    let mut sum: Option<Quantity> = None;
    for item in array {
        let Some(item) = of(item) else {
            let message =
                format!("`{verb}` takes quantities or numbers, not a {}", item.type_name());
            return Err(script_error(message, None::<String>));
        };
        sum = Some(match sum {
            Some(sum) => sum.plus(&item).map_err(refused)?,
            None => item,
        });
    }
    sum.ok_or_else(|| script_error(format!("`{verb}` of an empty array"), None::<String>))
}

/// The mean; of temperatures, which have no sum, by way of their differences to the first.
fn mean(array: &mut Array) -> Result<Dynamic> {
    let count = Quantity::number(array.len() as f64);
    let first = array.first().and_then(of).filter(|it| it.dimension().is_point());
    let Some(first) = first else {
        return sum(array, "mean")?.over(&count).map(value).map_err(refused);
    };
    let difference = |item: &Dynamic| match of(item) {
        Some(item) => item.minus(&first),
        None => Err(QuantityError::new(format!("a {} is no quantity", item.type_name()), None)),
    };
    let differences: Array = array
        .iter()
        .map(|item| difference(item).map(Dynamic::from).map_err(refused))
        .collect::<Result<_>>()?;
    let shift = sum(&differences, "mean")?.over(&count).map_err(refused)?;
    first.plus(&shift).map(value).map_err(refused)
}

/// Plain numbers stay plain.
fn value(quantity: Quantity) -> Dynamic {
    if quantity.dimension() == Dimension::Number && quantity.origins().as_slice().is_empty() {
        return quantity.value().into();
    }
    Dynamic::from(quantity)
}

/// What is in `array`, all of one dimension.
fn amounts(array: &[Dynamic], verb: &str) -> Result<Vec<Quantity>> {
    let mut all: Vec<Quantity> = Vec::with_capacity(array.len());
    for item in array {
        let Some(item) = of(item) else {
            let message =
                format!("`{verb}` takes quantities or numbers, not a {}", item.type_name());
            return Err(script_error(message, None));
        };
        if let Some(first) = all.first() {
            first.compare(&item).map_err(refused)?;
        }
        all.push(item);
    }
    match all.is_empty() {
        true => Err(script_error(format!("`{verb}` of an empty array"), None)),
        false => Ok(all),
    }
}

/// The first that comes before all others; one that is no number comes first.
fn extreme(array: &[Dynamic], verb: &str, before: fn(f64, f64) -> bool) -> Result<Dynamic> {
    let best = amounts(array, verb)?.into_iter().reduce(|best, item| {
        let (a, b) = (item.value(), best.value());
        if !b.is_nan() && (a.is_nan() || before(a, b)) { item } else { best }
    });
    best.map(value).ok_or_else(|| script_error(format!("`{verb}` of an empty array"), None))
}

/// An amount computed from all of `from`, of what differences between them are amounts of.
fn difference(number: f64, from: &[Quantity]) -> Quantity {
    let dimension = from.first().map_or(Dimension::Number, Quantity::dimension);
    let of = dimension.difference_of_points().unwrap_or(dimension);
    let origins = from.iter().fold(Origins::none(), |all, it| all.and(it.origins()));
    Quantity::new(number, of).with_origins(origins)
}

fn stddev(array: &[Dynamic]) -> Result<Dynamic> {
    let all = amounts(array, "stddev")?;
    if all.len() < 2 {
        return Err(script_error("`stddev` of a single value", None));
    }
    let count = all.len() as f64;
    // Two passes: the sum of squares alone loses what little differs between large values.
    let mean = all.iter().map(Quantity::value).sum::<f64>() / count;
    let squares: f64 = all.iter().map(|it| (it.value() - mean).powi(2)).sum();
    Ok(value(difference((squares / (count - 1.0)).sqrt(), &all)))
}

fn percentile(array: &[Dynamic], percent: &Dynamic) -> Result<Dynamic> {
    let given = of(percent).filter(|it| {
        matches!(it.dimension(), Dimension::Number | Dimension::Percent)
            && (0.0..=100.0).contains(&it.value())
    });
    let Some(given) = given else {
        let message = format!("`percentile` of {percent}; expected a number from 0 to 100");
        return Err(script_error(message, None));
    };
    let mut all = amounts(array, "percentile")?;
    if let Some(nan) = all.iter().find(|it| it.value().is_nan()) {
        return Ok(value(nan.clone()));
    }
    all.sort_by(|a, b| a.value().total_cmp(&b.value()));
    let rank = (all.len() - 1) as f64 * given.value() / 100.0;
    let (low, high) = (rank.floor() as usize, rank.ceil() as usize);
    let (low, high) = (&all[low.min(all.len() - 1)], &all[high.min(all.len() - 1)]);
    let number = low.value() + (high.value() - low.value()) * rank.fract();
    let origins = low.origins().and(high.origins());
    Ok(value(Quantity::new(number, low.dimension()).with_origins(origins)))
}

/// The slope of the straight line of least squares through readings over their times.
fn slope(array: &[Dynamic], per: &Dynamic) -> Result<Dynamic> {
    let per = match of(per).filter(|it| it.dimension() == Dimension::Time) {
        Some(per) => per.value(),
        None => {
            let message = format!("`slope` in {per}; expected a duration");
            return Err(script_error(message, Some("write `slope(1.s)`".to_owned())));
        }
    };
    let all = amounts(array, "slope")?;
    let time = |it: &Quantity| it.origins().as_slice().last().map(|it| it.mono_ns);
    let times: Option<Vec<u64>> = all.iter().map(time).collect();
    let refused = || {
        let hint = "give it readings, as `sample` takes them";
        script_error("`slope` of values that were not read one after another", hint.to_owned())
    };
    let times = times.ok_or_else(refused)?;
    let first = times.first().copied().unwrap_or_default();
    let count = all.len() as f64;
    let seconds: Vec<f64> = times.iter().map(|it| (*it as f64 - first as f64) / 1e9).collect();
    let middle = seconds.iter().sum::<f64>() / count;
    let mean = all.iter().map(Quantity::value).sum::<f64>() / count;
    let spread: f64 = seconds.iter().map(|it| (it - middle).powi(2)).sum();
    if spread == 0.0 {
        return Err(refused());
    }
    let product: f64 =
        seconds.iter().zip(&all).map(|(at, it)| (at - middle) * (it.value() - mean)).sum();
    Ok(Dynamic::from(difference(product / spread * per, &all)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pogo_hal::Origin;
    use rhai::Engine;

    use super::*;

    fn volts(values: &[f64]) -> Array {
        let reading = |(at, value): (usize, &f64)| {
            let (role, asset, raw) = ("dmm".into(), "SIM1".into(), value.to_string().into());
            let origin = Origin { role, asset, raw, mono_ns: at as u64 * 500_000_000 };
            Dynamic::from(Quantity::new(*value, Dimension::Voltage).from_origin(origin))
        };
        values.iter().enumerate().map(reading).collect()
    }

    fn shown(value: Result<Dynamic>) -> String {
        value.map_or_else(|error| format!("{error}"), |it| of(&it).unwrap().to_string())
    }

    #[test]
    fn the_table_of_methods_of_lists_is_what_is_registered() {
        let (mut module, mut engine) = (Module::new(), Engine::new_raw());
        register(&mut module);
        engine.register_global_module(module.into());
        let functions = crate::survey::functions(&engine, |_| true);
        let registered: BTreeSet<_> = functions.keys().map(String::as_str).collect();
        assert_eq!(registered, LIST_METHODS.iter().map(|it| it.name).collect());
    }

    /// NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.6.2 (percentiles), and by hand.
    #[test]
    fn statistics_of_readings_are_what_a_calculator_says() {
        let readings = volts(&[1.0, 2.0, 4.0, 3.0]);
        assert_eq!(shown(extreme(&readings, "min", |a, b| a < b)), "1 V");
        assert_eq!(shown(extreme(&readings, "max", |a, b| a > b)), "4 V");
        assert_eq!(shown(stddev(&readings)), "1.29099444874 V");
        assert_eq!(shown(percentile(&readings, &50.into())), "2.5 V");
        assert_eq!(shown(percentile(&readings, &Dynamic::from(0.0))), "1 V");
        assert_eq!(shown(percentile(&readings, &100.into())), "4 V");
        assert_eq!(shown(percentile(&readings, &10.into())), "1.3 V");
        // 0 s, 0.5 s, 1 s, 1.5 s: 0.8 V from one reading to the next.
        let per = Dynamic::from(Quantity::new(1.0, Dimension::Time));
        assert_eq!(shown(slope(&readings, &per)), "1.6 V");
    }

    #[test]
    fn a_reading_that_is_no_number_is_not_lost_among_others() {
        let readings = volts(&[1.0, f64::NAN, 2.0]);
        for value in [
            extreme(&readings, "min", |a, b| a < b),
            extreme(&readings, "max", |a, b| a > b),
            stddev(&readings),
            percentile(&readings, &50.into()),
        ] {
            assert!(of(&value.unwrap()).unwrap().value().is_nan());
        }
    }

    #[test]
    fn statistics_of_temperatures_are_temperatures_and_their_spread_a_difference() {
        let all = [20.0, 22.0].map(|it| Dynamic::from(Quantity::new(it, Dimension::Temperature)));
        assert_eq!(shown(percentile(&all, &50.into())), "21 °C");
        assert_eq!(
            of(&stddev(&all).unwrap()).unwrap().dimension(),
            Dimension::TemperatureDifference
        );
    }

    #[test]
    fn what_is_no_list_of_one_dimension_is_refused() {
        let mixed = [Dynamic::from(Quantity::new(1.0, Dimension::Voltage)), 5.into()];
        assert!(stddev(&mixed).is_err() && percentile(&mixed, &50.into()).is_err());
        assert!(extreme(&[], "min", |a, b| a < b).is_err());
        assert!(stddev(&volts(&[1.0])).is_err());
        assert!(percentile(&volts(&[1.0]), &101.into()).is_err());
        let per = Dynamic::from(Quantity::new(1.0, Dimension::Time));
        assert!(slope(&volts(&[1.0]), &per).is_err());
        assert!(slope(&volts(&[1.0, 2.0]), &1.into()).is_err());
    }
}
