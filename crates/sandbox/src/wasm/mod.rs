//! The engine `wasm`: CPython in WebAssembly, in this process.
//!
//! A program finds no file, no network and no other process, and there is nothing that it could escape to. Its time limit
//! is counted in fuel and its clock is moved by work and sleep alone, so that a verdict does not depend on the machine or
//! on what else runs there. What this interpreter cannot do is [`How::Unsupported`](crate::How::Unsupported).
//!
//! Read [`WasmEngine`] first; `party` holds the life of a job, `instance` that of what it runs in, `host` all that it can
//! ask for, `link` how the guest becomes one module, `compile` how that becomes native code, and `artefact` where both are kept.

mod artefact;
mod compile;
mod files;
mod folder;
mod host;
mod instance;
mod library;
mod link;
mod math;
mod pages;
mod party;
mod state;

use crate::{Engine, Identity, Job, Level, Outcome, Party, SandboxError, Stop, Worker};
use instance::Instance;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::{Config, InstancePre, PoolingAllocationConfig};

/// Fuel of one second.
///
/// Fuel counts the instructions of the guest. How many the guest takes for what native CPython 3.11 does in a second of CPU
/// time depends on the machine, which is what a limit must not: on slow shared cores 0.9 to 1.7e10 were measured, on fast ones
/// three times as many (`scripts/bench.sh` measures ten kinds of work on the machine at hand). The constant is the most
/// that a slow core takes. So typical work that passes natively there within a limit passes here, and most of what takes
/// twice the limit there does not; a machine that is three times as fast does the same in a third of the time, with both
/// engines.
pub const FUEL_PER_SECOND: u64 = 17_000_000_000;

/// The interpreter that the guest contains.
const INTERPRETER: &str = "CPython 3.14.0 (wasm)";
const STACK_BYTES: usize = 64 << 20;
/// Beside the guest's stack there is the host's own work, such as serving a call.
const HOST_STACK_BYTES: usize = 4 << 20;
/// Instances that can live at a time.
const INSTANCES: u32 = 256;
/// Memory that an instance can have at most, whatever its limit.
const MEMORY_BYTES: usize = 2 << 30;

/// How to set up the `wasm` engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WasmOptions {
    /// Where the guest and its compiled form are kept. Made if absent, for nobody but its owner.
    pub cache: PathBuf,
    /// Programs of the harness that the guest holds ready. Others work too, and start much more slowly.
    pub own: Vec<Arc<str>>,
}

impl WasmOptions {
    /// The guest in the user's cache folder: below `XDG_CACHE_HOME`, or below `.cache` in `HOME`. `None` if neither is an
    /// absolute path.
    pub fn in_user_cache(own: Vec<Arc<str>>) -> Option<Self> {
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
        Some(Self { cache: folder.join("mendbench/wasm"), own })
    }
}

/// Runs programs in WebAssembly.
#[derive(Debug)]
pub struct WasmEngine {
    guest: Arc<Guest>,
    identity: Identity,
    artefact: [u8; 32],
}

/// The guest, ready to be instantiated.
struct Guest {
    pre: InstancePre<state::State>,
    /// The harness's own programs, each at its number in the guest.
    own: Vec<Arc<str>>,
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guest")
    }
}

impl Guest {
    fn number_of(&self, program: &Arc<str>) -> Option<u32> {
        let found = self.own.iter().position(|own| Arc::ptr_eq(own, program) || own == program);
        found.map(|index| index as u32)
    }
}

/// Instances of one worker that wait for their next program, each as new. Another worker's would have their memory in the
/// cache of another core.
struct Pool {
    guest: Arc<Guest>,
    /// With the number of the harness's own program that each served, if it was one: the next of the same kind writes
    /// much the same memory.
    idle: Mutex<Vec<(Option<u32>, Instance)>>,
    /// One that never runs: its memory is what others are put back to. Only what is looked at of it is ever read in.
    pristine: Mutex<Option<Instance>>,
}

impl Pool {
    fn new(guest: &Arc<Guest>) -> Self {
        Self { guest: Arc::clone(guest), idle: Mutex::default(), pristine: Mutex::default() }
    }

    fn take(&self, program: Option<u32>) -> Result<Instance, SandboxError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle.iter().rposition(|(served, _)| *served == program);
        let found = found.map(|index| idle.swap_remove(index).1);
        drop(idle);
        found.map_or_else(|| Instance::new(&self.guest), Ok)
    }

    /// Keeps an instance for the next program, if it can be made as new.
    fn give_back(&self, program: Option<u32>, mut instance: Instance) {
        let mut pristine = self.pristine.lock().unwrap_or_else(PoisonError::into_inner);
        if pristine.is_none() {
            *pristine = Instance::new(&self.guest).ok();
        }
        if pristine.as_ref().is_some_and(|pristine| instance.put_back(pristine)) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((program, instance));
        }
    }
}

impl WasmEngine {
    /// Loads the guest: its compiled form if that is at hand. To make it takes most of a minute, Python and the Python package
    /// index.
    ///
    /// # Errors
    /// [`SandboxError::NoGuest`] where the guest was never built; a compiled form that cannot be made; a cache that somebody else could have written.
    pub fn new(options: &WasmOptions) -> Result<Self, SandboxError> {
        let engine = wasmtime::Engine::new(&config()).map_err(SandboxError::wasm)?;
        let recipe = artefact::Recipe::new(&options.own);
        let loaded = artefact::load(&engine, options, &recipe)?;
        let linker = host::linker(&engine, &loaded.module).map_err(SandboxError::wasm)?;
        let pre = linker.instantiate_pre(&loaded.module).map_err(SandboxError::wasm)?;
        let identity = Identity {
            engine: "wasm".to_owned(),
            level: Level::L3,
            missing: Vec::new(),
            interpreter: INTERPRETER.to_owned(),
            executable: artefact::guest_path(options, &recipe),
            recipe: recipe.engine,
        };
        let guest = Guest { pre, own: options.own.clone() };
        Ok(Self { guest: Arc::new(guest), identity, artefact: loaded.digest })
    }

    /// Builds and compiles the guest if it is absent. Needs Python, rustc and the Python package index. Says whether it was
    /// built.
    ///
    /// # Errors
    /// A build that failed, with its last words.
    pub fn build_guest(options: &WasmOptions) -> Result<bool, SandboxError> {
        let built = artefact::build(options)?;
        if !artefact::is_compiled(options)? {
            Self::new(options)?;
        }
        Ok(built)
    }

    /// Whether the guest is there. Says nothing of its compiled form.
    pub fn has_guest(options: &WasmOptions) -> bool {
        artefact::guest_path(options, &artefact::Recipe::new(&options.own)).is_file()
    }

    /// BLAKE3 of the guest that was loaded. Builds of the same recipe may differ in a few bytes.
    pub fn artefact(&self) -> [u8; 32] {
        self.artefact
    }
}

impl Engine for WasmEngine {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn worker(&self) -> Result<Box<dyn Worker>, SandboxError> {
        Ok(Box::new(WasmWorker { pool: Arc::new(Pool::new(&self.guest)), stop: Stop::default() }))
    }
}

struct WasmWorker {
    pool: Arc<Pool>,
    stop: Stop,
}

impl Worker for WasmWorker {
    fn run(&mut self, job: &Job) -> Result<Outcome, SandboxError> {
        party::run(&self.pool, job, &self.stop)
    }

    fn open(&mut self, job: &Job) -> Result<Box<dyn Party>, SandboxError> {
        Ok(Box::new(party::open(&self.pool, job, &self.stop)?))
    }

    fn heed(&mut self, stop: &Stop) {
        self.stop = stop.clone();
    }
}

/// What decides native code here stands in `sandboxes/python/compile.py` too, with what only a compiler is told.
fn config() -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_core_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES * 2)
        .max_tables_per_module(2)
        .table_elements(20_000)
        .total_stacks(INSTANCES)
        .max_memory_size(MEMORY_BYTES)
        .max_core_instance_size(8 << 20)
        .max_unused_warm_slots(INSTANCES);
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(STACK_BYTES + HOST_STACK_BYTES)
        .memory_init_cow(true)
        .allocation_strategy(pool);
    config
}

impl SandboxError {
    /// A fault of the runtime, with its causes.
    fn wasm(error: impl std::fmt::Display) -> Self {
        Self::Wasm { detail: format!("{error:#}") }
    }
}
