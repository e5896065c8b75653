//! Makes one core module of a component's many.
//!
//! The guest is built as a component: a dozen modules that share a memory and a table, with the C library, the interpreter
//! and their glue apart. Instantiating those, and filling the table anew each time, costs more than many a program, and a
//! call from one to another leaves the compiler nothing to see through. Linked into one module there is one instance,
//! whose whole state is one memory and a few globals. That is checked here, since resetting an instance relies on it.
//!
//! Functions that the component would have lowered are imports of the module, by their interface and name, in the core form
//! that the canonical ABI gives them. `instead` says which functions of the guest something else stands in for.

mod component;
mod instead;
mod module;

use component::{Component, Definition, HostFunction};
pub(super) use instead::{FILES, MATH};
use instead::{MADE, SUM};
use module::{Constant, Module, constant};
use std::collections::{HashMap, HashSet};
use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, ImportSection, Instruction, MemorySection, TableSection, TypeSection, ValType,
};
use wasmparser::{DataKind, ElementItems, ElementKind, ExternalKind, Operator};

/// Why a component cannot be linked.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("the guest is not a valid component: {0}")]
    Parse(#[from] wasmparser::BinaryReaderError),
    #[error("the guest cannot be linked: {0}")]
    Shape(&'static str),
    #[error("the guest cannot be linked: {0}")]
    Encode(String),
    #[error("the guest cannot be linked: it has no function or variable `{0}`")]
    Absent(String),
}

/// What globals that change are exported as, with a number behind.
pub(super) const GLOBAL: &str = "global-";

/// What only the C library exports.
const LIBRARY: &str = "__errno_location";

/// What the address of the C library's error number is exported as.
pub(super) const ERRNO: &str = "errno";

/// Links all modules of a component.
pub(super) fn link(bytes: &[u8]) -> Result<Vec<u8>, LinkError> {
    let component = Component::read(bytes)?;
    let mut plan = Plan::new(&component)?;
    plan.find_assigned()?;
    plan.encode()
}

/// Numbers of everything in the module that is made.
struct Plan<'a> {
    component: &'a Component<'a>,
    /// The host's functions, and the type of each.
    host: Vec<(HostFunction, u32)>,
    types: Vec<wasmparser::FuncType>,
    /// For each instance, the number of its first own function, table, memory and global.
    bases: HashMap<u32, Bases>,
    /// Globals that some function sets, by their new number.
    assigned: HashSet<u32>,
    /// What stands in for functions of the guest: the number of a function of the host, or of one made here.
    instead: HashMap<Definition, u32>,
    /// The functions of [`MADE`], in its order: the type, the one that each stands in for, and the one that it calls.
    made: Vec<(u32, Definition, Definition)>,
    /// The function behind `sum`: the instance, and the number among its own functions.
    sum: (u32, u32),
}

#[derive(Clone, Copy, Default)]
struct Bases {
    functions: u32,
    tables: u32,
    memories: u32,
    globals: u32,
}

impl<'a> Plan<'a> {
    fn new(component: &'a Component<'a>) -> Result<Self, LinkError> {
        let mut plan = Self {
            component,
            host: Vec::new(),
            types: Vec::new(),
            bases: HashMap::new(),
            assigned: HashSet::new(),
            instead: HashMap::new(),
            made: Vec::new(),
            sum: named(component, SUM)?,
        };
        for (instance, module) in component.units() {
            for index in 0..module.imports(ExternalKind::Func).len() as u32 {
                if let Definition::Host(function) = component.local(instance, ExternalKind::Func, index)?
                    && !plan.host.iter().any(|(known, _)| *known == function)
                {
                    let ty = plan.type_number(module, module.function_types[index as usize])?;
                    plan.host.push((function, ty));
                }
            }
        }
        for function in instead::by_host() {
            let (_, ty) = plan.library(&function.name)?;
            plan.stand_in(&function.name, plan.host.len() as u32)?;
            plan.host.push((function, ty));
        }
        let mut next = Bases { functions: plan.host.len() as u32, ..Bases::default() };
        for (instance, module) in component.units() {
            plan.bases.insert(instance, next);
            next.functions += module.bodies.len() as u32;
            next.tables += module.tables.len() as u32;
            next.memories += module.memories.len() as u32;
            next.globals += module.globals.len() as u32;
        }
        for (number, made) in (next.functions..).zip(&MADE) {
            let ((original, ty), (calls, _)) = (plan.library(made.name)?, plan.library(made.calls)?);
            plan.stand_in(made.name, number)?;
            plan.made.push((ty, original, calls));
        }
        Ok(plan)
    }

    /// A function of the C library, by its name, with the number of its type.
    fn library(&mut self, name: &str) -> Result<(Definition, u32), LinkError> {
        let absent = || LinkError::Absent(name.to_owned());
        let is_library = |module: &Module<'_>| module.export(ExternalKind::Func, LIBRARY).is_some();
        let (instance, module) = self
            .component
            .units()
            .find(|(_, module)| is_library(module))
            .ok_or(LinkError::Absent(LIBRARY.to_owned()))?;
        let index = module.export(ExternalKind::Func, name).ok_or_else(absent)?;
        let ty = self.type_number(module, module.function_types[index as usize])?;
        Ok((self.component.local(instance, ExternalKind::Func, index)?, ty))
    }

    /// Has something stand in for a function of the C library, and for whatever passes calls on to it under its name.
    fn stand_in(&mut self, name: &str, number: u32) -> Result<(), LinkError> {
        for (instance, module) in self.component.units() {
            let Some(index) = module.export(ExternalKind::Func, name) else { continue };
            self.instead.insert(self.component.local(instance, ExternalKind::Func, index)?, number);
        }
        Ok(())
    }

    /// The address of the C library's error number.
    fn errno(&self) -> Result<i32, LinkError> {
        for (instance, module) in self.component.units() {
            let imports = module.imports(ExternalKind::Global);
            let Some(index) = imports.iter().position(|(_, name)| *name == ERRNO) else { continue };
            if let Constant::I32(address) = self.value(instance, Constant::Behind(index as u32, 0))? {
                return Ok(address);
            }
        }
        Err(LinkError::Absent(ERRNO.to_owned()))
    }

    /// The new number of a module's type.
    fn type_number(&mut self, module: &Module<'_>, ty: u32) -> Result<u32, LinkError> {
        let ty = module.types.get(ty as usize).ok_or(LinkError::Shape("a type that is not there"))?;
        let known = self.types.iter().position(|known| known == ty);
        Ok(known.unwrap_or_else(|| {
            self.types.push(ty.clone());
            self.types.len() - 1
        }) as u32)
    }

    /// The new number of what a module calls by a number of its own.
    fn number(&self, instance: u32, kind: ExternalKind, index: u32) -> Result<u32, LinkError> {
        self.number_of(&self.component.local(instance, kind, index)?, kind)
    }

    fn number_of(&self, definition: &Definition, kind: ExternalKind) -> Result<u32, LinkError> {
        if kind == ExternalKind::Func
            && let Some(number) = self.instead.get(definition)
        {
            return Ok(*number);
        }
        self.number_of_itself(definition, kind)
    }

    /// The same, whatever stands in for it.
    fn number_of_itself(&self, definition: &Definition, kind: ExternalKind) -> Result<u32, LinkError> {
        match definition {
            Definition::Host(function) => {
                let found = self.host.iter().position(|(known, _)| known == function);
                found.map(|index| index as u32).ok_or(LinkError::Shape("a host function that nobody imports"))
            }
            Definition::In { instance, index } => {
                let bases = self.bases.get(instance).ok_or(LinkError::Shape("an instance that is not there"))?;
                Ok(index
                    + match kind {
                        ExternalKind::Func => bases.functions,
                        ExternalKind::Table => bases.tables,
                        ExternalKind::Memory => bases.memories,
                        _ => bases.globals,
                    })
            }
        }
    }

    /// The value that a constant has once everything is instantiated.
    fn value(&self, instance: u32, constant: Constant) -> Result<Constant, LinkError> {
        let Constant::Behind(index, more) = constant else { return Ok(constant) };
        match self.component.local(instance, ExternalKind::Global, index)? {
            Definition::In { instance, index } => {
                let (_, module) = self
                    .component
                    .units()
                    .find(|(unit, _)| *unit == instance)
                    .ok_or(LinkError::Shape("an instance that is not there"))?;
                let (_, first) =
                    module.globals.get(index as usize).ok_or(LinkError::Shape("a global that is not there"))?;
                match self.value(instance, *first)? {
                    Constant::I32(value) => Ok(Constant::I32(value.wrapping_add(more))),
                    other if more == 0 => Ok(other),
                    _ => Err(LinkError::Shape("a constant that is computed")),
                }
            }
            Definition::Host(_) => Err(LinkError::Shape("a global of the host")),
        }
    }

    /// Finds the globals that change, and makes sure that nothing else does but memory.
    fn find_assigned(&mut self) -> Result<(), LinkError> {
        for (instance, module) in self.component.units() {
            for body in &module.bodies {
                for operator in body.get_operators_reader()? {
                    match operator? {
                        Operator::GlobalSet { global_index } => {
                            let number = self.number(instance, ExternalKind::Global, global_index)?;
                            self.assigned.insert(number);
                        }
                        Operator::TableSet { .. }
                        | Operator::TableGrow { .. }
                        | Operator::TableFill { .. }
                        | Operator::TableCopy { .. }
                        | Operator::TableInit { .. }
                        | Operator::ElemDrop { .. }
                        | Operator::MemoryInit { .. }
                        | Operator::DataDrop { .. } => {
                            return Err(LinkError::Shape("code that changes more than memory and globals"));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn encode(mut self) -> Result<Vec<u8>, LinkError> {
        let component = self.component;
        let mut functions = FunctionSection::new();
        let mut tables = TableSection::new();
        let mut memories = MemorySection::new();
        let mut globals = GlobalSection::new();
        let mut exports = ExportSection::new();
        let mut elements = ElementSection::new();
        let mut code = CodeSection::new();
        let mut data = DataSection::new();
        let mut plain = RoundtripReencoder;

        for (instance, module) in component.units() {
            let imported = module.imports(ExternalKind::Func).len();
            for ty in &module.function_types[imported..] {
                functions.function(self.type_number(module, *ty)?);
            }
            for table in &module.tables {
                tables.table(plain.table_type(*table)?);
            }
            for memory in &module.memories {
                memories.memory(plain.memory_type(*memory)?);
            }
            for (ty, first) in &module.globals {
                let number = globals.len();
                let mutable = self.assigned.contains(&number);
                let first = match self.value(instance, *first)? {
                    Constant::I32(value) => ConstExpr::i32_const(value),
                    Constant::I64(value) => ConstExpr::i64_const(value),
                    Constant::Behind(..) => return Err(LinkError::Shape("a global without a value")),
                };
                let ty = plain.global_type(*ty)?;
                globals.global(wasm_encoder::GlobalType { mutable, ..ty }, &first);
                if mutable {
                    exports.export(&format!("{GLOBAL}{number}"), ExportKind::Global, number);
                }
            }
        }
        for (instance, module) in component.units() {
            for element in &module.elements {
                self.element(instance, element, &mut elements)?;
            }
            for segment in &module.data {
                let DataKind::Active { memory_index, offset_expr } = &segment.kind else {
                    return Err(LinkError::Shape("data that code places"));
                };
                let memory = self.number(instance, ExternalKind::Memory, *memory_index)?;
                let Constant::I32(offset) = self.value(instance, constant(offset_expr)?)? else {
                    return Err(LinkError::Shape("data without a place"));
                };
                data.active(memory, &ConstExpr::i32_const(offset), segment.data.iter().copied());
            }
            let mut renumber =
                Renumber { plan: &mut self, instance, module, functions: HashMap::new(), types: HashMap::new() };
            for (index, body) in module.bodies.iter().enumerate() {
                if renumber.plan.sum == (instance, index as u32) {
                    let plain = instead::plain_sum(&mut renumber, body)?;
                    code.function(&plain);
                } else {
                    renumber.parse_function_body(&mut code, body.clone())?;
                }
            }
        }
        for (made, (ty, original, calls)) in MADE.iter().zip(&self.made) {
            functions.function(*ty);
            let original = self.number_of_itself(original, ExternalKind::Func)?;
            code.function(&made.body(original, self.number_of(calls, ExternalKind::Func)?));
        }
        let errno = wasm_encoder::GlobalType { val_type: ValType::I32, mutable: false, shared: false };
        exports.export(ERRNO, ExportKind::Global, globals.len());
        globals.global(errno, &ConstExpr::i32_const(self.errno()?));
        for (name, definition) in &component.exports {
            exports.export(name, ExportKind::Func, self.number_of(definition, ExternalKind::Func)?);
        }
        if memories.len() != 1 {
            return Err(LinkError::Shape("more than one memory"));
        }
        exports.export("memory", ExportKind::Memory, 0);

        let mut types = TypeSection::new();
        for ty in &self.types {
            types.ty().func_type(&plain.func_type(ty.clone())?);
        }
        let mut imports = ImportSection::new();
        for (function, ty) in &self.host {
            imports.import(&function.interface, &function.name, EntityType::Function(*ty));
        }
        let mut linked = wasm_encoder::Module::new();
        linked
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&tables)
            .section(&memories)
            .section(&globals)
            .section(&exports)
            .section(&elements)
            .section(&code)
            .section(&data);
        Ok(linked.finish())
    }

    fn element(
        &self,
        instance: u32,
        element: &wasmparser::Element<'_>,
        elements: &mut ElementSection,
    ) -> Result<(), LinkError> {
        let ElementItems::Functions(items) = &element.items else {
            return Err(LinkError::Shape("an element that is not a function"));
        };
        let mut functions = Vec::new();
        for item in items.clone() {
            functions.push(self.number(instance, ExternalKind::Func, item?)?);
        }
        let functions = Elements::Functions(functions.into());
        match &element.kind {
            ElementKind::Active { table_index, offset_expr } => {
                let table = self.number(instance, ExternalKind::Table, table_index.unwrap_or(0))?;
                let Constant::I32(offset) = self.value(instance, constant(offset_expr)?)? else {
                    return Err(LinkError::Shape("an element without a place"));
                };
                elements.active(Some(table), &ConstExpr::i32_const(offset), functions);
            }
            ElementKind::Declared => {
                elements.declared(functions);
            }
            ElementKind::Passive => return Err(LinkError::Shape("elements that code places")),
        }
        Ok(())
    }
}

/// The function of the component's own modules that has this name: its instance, and its number there.
fn named(component: &Component<'_>, name: &str) -> Result<(u32, u32), LinkError> {
    for (instance, module) in component.units() {
        if let Some(index) = module.named(name)? {
            let imported = module.imports(ExternalKind::Func).len() as u32;
            return Ok((instance, index.checked_sub(imported).ok_or(LinkError::Absent(name.to_owned()))?));
        }
    }
    Err(LinkError::Absent(name.to_owned()))
}

/// Writes the code of one instance with the new numbers.
struct Renumber<'a, 'b> {
    plan: &'b mut Plan<'a>,
    instance: u32,
    module: &'b Module<'a>,
    /// New numbers of functions and types, once found.
    functions: HashMap<u32, u32>,
    types: HashMap<u32, u32>,
}

type Renumbered<T> = Result<T, reencode::Error<LinkError>>;

impl Reencode for Renumber<'_, '_> {
    type Error = LinkError;

    fn function_index(&mut self, index: u32) -> Renumbered<u32> {
        if let Some(number) = self.functions.get(&index) {
            return Ok(*number);
        }
        let number = self.plan.number(self.instance, ExternalKind::Func, index).map_err(reencode::Error::UserError)?;
        self.functions.insert(index, number);
        Ok(number)
    }

    fn table_index(&mut self, index: u32) -> Renumbered<u32> {
        self.plan.number(self.instance, ExternalKind::Table, index).map_err(reencode::Error::UserError)
    }

    fn memory_index(&mut self, index: u32) -> Renumbered<u32> {
        self.plan.number(self.instance, ExternalKind::Memory, index).map_err(reencode::Error::UserError)
    }

    fn global_index(&mut self, index: u32) -> Renumbered<u32> {
        self.plan.number(self.instance, ExternalKind::Global, index).map_err(reencode::Error::UserError)
    }

    fn type_index(&mut self, index: u32) -> Renumbered<u32> {
        if let Some(number) = self.types.get(&index) {
            return Ok(*number);
        }
        let number = self.plan.type_number(self.module, index).map_err(reencode::Error::UserError)?;
        self.types.insert(index, number);
        Ok(number)
    }

    /// A global that nobody sets is a constant, which the compiler can see through.
    fn instruction<'c>(&mut self, operator: Operator<'c>) -> Renumbered<Instruction<'c>> {
        if let Operator::GlobalGet { global_index } = operator {
            let number = self.global_index(global_index)?;
            if !self.plan.assigned.contains(&number) {
                let value = self.plan.value(self.instance, Constant::Behind(global_index, 0));
                match value.map_err(reencode::Error::UserError)? {
                    Constant::I32(value) => return Ok(Instruction::I32Const(value)),
                    Constant::I64(value) => return Ok(Instruction::I64Const(value)),
                    Constant::Behind(..) => {}
                }
            }
        }
        reencode::utils::instruction(self, operator)
    }
}

impl From<reencode::Error<LinkError>> for LinkError {
    fn from(error: reencode::Error<LinkError>) -> Self {
        match error {
            reencode::Error::UserError(error) => error,
            error => Self::Encode(error.to_string()),
        }
    }
}

impl From<reencode::Error> for LinkError {
    fn from(error: reencode::Error) -> Self {
        Self::Encode(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_component_is_an_error() {
        for bytes in [&b"junk"[..], b"", b"\0asm\x01\0\0\0"] {
            let error = link(bytes).unwrap_err().to_string();
            assert!(error.starts_with("the guest"), "{error}");
        }
    }
}
