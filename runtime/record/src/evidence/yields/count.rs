//! From logs to figures.

use std::collections::{BTreeMap, HashMap};

use super::answer::{METHOD, ModeYield, Rolled, Scope, Yield};
use super::plan::PlanYield;
use super::runs::{Attempted, Runs};
use super::values;
use crate::body::Mode;
use crate::error::Result;
use crate::evidence::{COUNTS, MODES};
use crate::store::Reader;

/// The yield over several logs.
///
/// # Errors
///
/// A log cannot be read.
pub fn yields(readers: &[Reader], scope: Scope) -> Result<Yield> {
    let (mut all, mut other_purposes) = (Vec::new(), 0);
    for reader in readers {
        // The log may grow meanwhile.
        let end = reader.size()?;
        let runs = Runs::of(reader, &scope, end)?;
        other_purposes += runs.other_purposes;
        all.extend(of_log(reader, end, &runs)?);
    }
    all.sort_by(|(_, a), (_, b)| a.plan.cmp(&b.plan));
    let of_mode = |mode: Mode| {
        let plans = all.iter().filter(|(of, _)| *of == mode).map(|(_, plan)| plan.clone());
        let plans: Vec<_> = plans.collect();
        let (counts, products) = (mode == COUNTS, rolled(&plans));
        (!plans.is_empty()).then_some(ModeYield { mode, counts, products, plans })
    };
    let modes = MODES.into_iter().filter_map(of_mode).collect();
    Ok(Yield { scope, method: &METHOD, other_purposes, modes })
}

/// The runs of one plan in one mode, each with its place among all runs.
struct OfPlan<'a> {
    mode: Mode,
    plan: &'a str,
    runs: Vec<(usize, &'a Attempted)>,
}

fn of_log(reader: &Reader, end: u64, runs: &Runs) -> Result<Vec<(Mode, PlanYield)>> {
    let (mut plans, mut places): (Vec<OfPlan<'_>>, _) = (Vec::new(), HashMap::new());
    let mut plan_of = Vec::with_capacity(runs.all.len());
    for (at, run) in runs.all.iter().enumerate() {
        let (mode, plan) = (run.mode, run.plan.as_str());
        let place = *places.entry((mode, plan)).or_insert(plans.len());
        if place == plans.len() {
            plans.push(OfPlan { mode, plan, runs: Vec::new() });
        }
        plans[place].runs.push((at, run));
        plan_of.push(place);
    }
    let judged = values::of(reader, end, runs, plans.len(), &plan_of)?;
    let yields = plans.iter().zip(&judged);
    Ok(yields.map(|(of, judged)| (of.mode, PlanYield::of(of.plan, &of.runs, judged))).collect())
}

fn rolled(plans: &[PlanYield]) -> Vec<Rolled> {
    let mut products: BTreeMap<&str, Vec<&PlanYield>> = BTreeMap::new();
    for plan in plans {
        if let Some(product) = &plan.product {
            products.entry(product).or_default().push(plan);
        }
    }
    products.retain(|_, plans| plans.len() > 1);
    let one = |(product, plans): (&str, Vec<&PlanYield>)| Rolled {
        product: product.to_owned(),
        plans: plans.iter().map(|it| it.plan.clone()).collect(),
        throughput: plans.iter().map(|it| it.first_pass.ratio()).product(),
    };
    products.into_iter().map(one).collect()
}
