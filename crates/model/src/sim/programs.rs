//! What coders, repairers and critics do: programs, repairs and critiques.

use super::Known;
use super::damage::{DamageSet, Damages};
use super::dice::Dice;
use super::profile::{Profile, Quality};
use super::prose::Diagnosis;
use super::reading::Task;
use mend_core::Opinion;

/// What the programmer does for one slot.
pub(super) struct Work {
    pub(super) program: DamageSet,
    pub(super) diagnosis: Option<Diagnosis>,
}

/// What a critic finds.
pub(super) struct Remark {
    pub(super) diagnosis: Diagnosis,
    pub(super) opinion: Opinion,
}

impl Known {
    /// A program, new or repaired. `plan` says whether the plan that it goes by is a good one.
    pub(super) fn work(
        &self,
        profile: &Profile,
        damages: &Damages,
        task: &Task,
        plan: Option<bool>,
        dice: &mut Dice,
    ) -> Work {
        let combinations = self.combinations(profile, damages);
        match task {
            Task::Write => {
                let wrong = (!dice.chance(self.chances.right_first(plan))).then(|| combinations.draw(dice)).flatten();
                Work { program: wrong.cloned().unwrap_or_default(), diagnosis: None }
            }
            Task::Repair { damages: present, has_facts, critique } => {
                let own = if *has_facts { self.critique(dice) } else { Quality::None };
                // The damage that is named if the critique is right, and that luck may remove otherwise.
                let target = dice.pick(present).copied();
                let (quality, target, diagnosis) = match critique {
                    None => (own, target, diagnose(damages, present, target, own, dice)),
                    Some(critique) => {
                        let (quality, named) = damages.judge_critique(present, critique);
                        (quality, named.or(target), Diagnosis::Told)
                    }
                };
                let is_removed = dice.chance(self.chances.removes(quality, present.len(), plan));
                let removed = target.filter(|_| is_removed);
                let mut program: DamageSet = present.iter().copied().filter(|index| Some(*index) != removed).collect();
                if dice.chance(profile.slip) {
                    let additions = combinations.additions(damages, &program, removed);
                    program = dice.pick(&additions).cloned().unwrap_or(program);
                }
                Work { program, diagnosis: Some(diagnosis) }
            }
        }
    }

    /// What the programmer, as a critic, finds in what it is shown.
    pub(super) fn review(&self, damages: &Damages, task: &Task, dice: &mut Dice) -> Remark {
        let Task::Repair { damages: present, has_facts, .. } = task else {
            // No program of ours: nothing to point at, and certainly nothing that is right.
            return Remark { diagnosis: Diagnosis::Vague, opinion: Opinion::Incorrect };
        };
        let quality = self.critique(dice);
        let is_sound = dice.chance(self.chances.right_critique());
        let target = dice.pick(present).copied();
        let is_called_right = !has_facts && present.is_empty() == is_sound;
        let (quality, opinion) = match (has_facts, is_called_right) {
            (true, _) => (quality, Opinion::Incorrect),
            (false, true) => (Quality::None, Opinion::Correct),
            // A right program that is called wrong: the critic makes something up.
            (false, false) if present.is_empty() => (Quality::Wrong, Opinion::Incorrect),
            (false, false) => (Quality::None, Opinion::Incorrect),
        };
        Remark { diagnosis: diagnose(damages, present, target, quality, dice), opinion }
    }

    fn critique(&self, dice: &mut Dice) -> Quality {
        let critiques = self.chances.critiques();
        critiques[dice.weighted(&critiques.map(|(_, share)| share))].0
    }
}

/// What the programmer says of a failing program. A wrong critique names a line that could hold a damage and
/// holds none; where there is no such line it names the first.
fn diagnose(
    damages: &Damages,
    present: &DamageSet,
    target: Option<usize>,
    quality: Quality,
    dice: &mut Dice,
) -> Diagnosis {
    let line = match quality {
        Quality::Vague => return Diagnosis::Vague,
        Quality::None => return Diagnosis::Blind,
        Quality::Right => match target {
            Some(target) => damages.line(present, target),
            None => return Diagnosis::Vague,
        },
        Quality::Wrong => {
            let damaged: Vec<usize> = present.iter().map(|index| damages.line(present, *index)).collect();
            let sound: Vec<usize> = (0..damages.edits().len())
                .map(|index| damages.line(present, index))
                .filter(|line| !damaged.contains(line))
                .collect();
            dice.pick(&sound).copied().unwrap_or(1)
        }
    };
    let program = damages.program(present);
    Diagnosis::Line(line, program.lines().nth(line - 1).unwrap_or_default().to_owned())
}
