"""Compiles a module for this machine's processor: compile.py IN OUT.

The settings are those of `config` in crates/sandbox/src/wasm/mod.rs, and what that build of the runtime leaves out is
switched off. The runtime compares them when it loads the result, and refuses what does not fit.
"""

import sys

from wasmtime import Config, Engine, Module
from wasmtime import _bindings as c

config = Config()
config.consume_fuel = True
config.wasm_threads = False
settings = config.ptr()
c.wasmtime_config_cranelift_nan_canonicalization_set(settings, True)
c.wasmtime_config_memory_init_cow_set(settings, True)
# The runtime is built without garbage collection, components and what rests on them.
c.wasmtime_config_concurrency_support_set(settings, False)
c.wasmtime_config_gc_support_set(settings, False)
for name in ("wasm_gc", "wasm_function_references", "wasm_exceptions", "wasm_component_model"):
    getattr(c, f"wasmtime_config_{name}_set")(settings, False)

with open(sys.argv[1], "rb") as module:
    compiled = Module(Engine(config), module.read()).serialize()
with open(sys.argv[2], "wb") as out:
    out.write(compiled)
