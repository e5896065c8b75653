//! `--grid`: trees to evaluate, as they are typed.

use mend_metrics::{Block, Grid, Order};
use std::str::FromStr;

/// The largest number that is taken: no run holds as much.
const LARGEST: u32 = 10_000;

/// One `--grid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GridArg {
    /// The grid of the self-repair paper.
    Paper,
    /// Every combination of some numbers.
    Block(Block),
}

impl GridArg {
    /// The settings.
    pub fn blocks(&self) -> Vec<Block> {
        match self {
            Self::Paper => Grid::paper(&Order::ALL),
            Self::Block(block) => vec![block.clone()],
        }
    }
}

impl FromStr for GridArg {
    type Err = String;

    /// `key=value,value,key=value`: a value without a key belongs to the key before it. `a..b` is all from `a` to
    /// `b`, both included.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "paper" {
            return Ok(Self::Paper);
        }
        let (mut n_p, mut n_f, mut n_r, mut orders) = (vec![], vec![], vec![], vec![]);
        let mut key = None;
        for part in text.split(',') {
            let value = match part.split_once('=') {
                Some((name, value)) => {
                    key = Some(name.trim());
                    value.trim()
                }
                None => part.trim(),
            };
            match key {
                Some("n_p") => n_p.extend(numbers("n_p", value, 1)?),
                Some("n_f") => n_f.extend(numbers("n_f", value, 0)?),
                Some("n_r") => n_r.extend(numbers("n_r", value, 1)?),
                Some("order") => orders.extend(order(value)?),
                Some(other) => return Err(format!("`{other}` is not one of n_p, n_f, n_r, order")),
                None => return Err("expected `n_p=1,2,5,n_f=1..3,n_r=1,order=dfs`, or `paper`".to_owned()),
            }
        }
        if n_p.is_empty() {
            return Err("`n_p` is missing: how many first programs?".to_owned());
        }
        let or = |asked: Vec<u32>| if asked.is_empty() { vec![1] } else { asked };
        let orders = if orders.is_empty() { Order::ALL.to_vec() } else { orders };
        Ok(Self::Block(Block { n_p, n_f: or(n_f), n_r: or(n_r), orders }))
    }
}

fn numbers(key: &str, value: &str, least: u32) -> Result<Vec<u32>, String> {
    let number = |text: &str| match text.trim().parse::<u32>() {
        Ok(number) if (least..=LARGEST).contains(&number) => Ok(number),
        _ => Err(format!("`{key}={value}`: expected whole numbers from {least} to {LARGEST}, or a range such as 1..5")),
    };
    let Some((first, last)) = value.split_once("..") else { return Ok(vec![number(value)?]) };
    let (first, last) = (number(first)?, number(last.trim_start_matches('='))?);
    if last < first {
        return Err(format!("`{key}={value}`: the range ends before it begins"));
    }
    Ok((first..=last).collect())
}

fn order(value: &str) -> Result<Vec<Order>, String> {
    if value == "all" {
        return Ok(Order::ALL.to_vec());
    }
    let found = Order::ALL.into_iter().find(|order| order.as_str() == value);
    found.map(|order| vec![order]).ok_or_else(|| format!("`order={value}`: expected batch, dfs, bfs or all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, n_p: &[u32], n_f: &[u32], n_r: &[u32], orders: &[Order]) {
        let block = Block { n_p: n_p.into(), n_f: n_f.into(), n_r: n_r.into(), orders: orders.into() };
        assert_eq!(text.parse(), Ok(GridArg::Block(block)), "{text}");
    }

    #[test]
    fn lists_and_ranges_belong_to_the_key_before_them() {
        check("n_p=1,2,5,n_f=1..3,n_r=2,order=dfs", &[1, 2, 5], &[1, 2, 3], &[2], &[Order::Dfs]);
        check("n_p=3", &[3], &[1], &[1], &Order::ALL);
        check("n_f=0,1, n_p=1..=2, order=batch,bfs", &[1, 2], &[0, 1], &[1], &[Order::Batch, Order::Bfs]);
        assert_eq!("paper".parse::<GridArg>().unwrap().blocks().len(), 2);
    }

    #[track_caller]
    fn check_refused(text: &str, message: &str) {
        assert_eq!(text.parse::<GridArg>().unwrap_err(), message);
    }

    #[test]
    fn what_is_no_grid_is_told() {
        check_refused("1,2", "expected `n_p=1,2,5,n_f=1..3,n_r=1,order=dfs`, or `paper`");
        check_refused("n_f=1", "`n_p` is missing: how many first programs?");
        check_refused("n_p=0", "`n_p=0`: expected whole numbers from 1 to 10000, or a range such as 1..5");
        check_refused("n_p=5..2", "`n_p=5..2`: the range ends before it begins");
        check_refused("np=1", "`np` is not one of n_p, n_f, n_r, order");
        check_refused("n_p=1,order=random", "`order=random`: expected batch, dfs, bfs or all");
    }
}
