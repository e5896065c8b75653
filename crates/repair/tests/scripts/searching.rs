//! Systems that search: trees of thoughts and of programs, annealing, controllers, stages; and those that look into the
//! running program.
