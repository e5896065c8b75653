//! One core module, read into its parts.

use super::LinkError;
use std::collections::HashMap;
use wasmparser::{
    Data, Element, ExternalKind, FuncType, FunctionBody, GlobalType, KnownCustom, MemoryType, Name, NameSectionReader,
    Operator, Parser, Payload, TableInit, TableType, TypeRef,
};

/// The first value of a global, or where something is placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Constant {
    I32(i32),
    I64(i64),
    /// So much more than the global with this number in the module's index space holds.
    Behind(u32, i32),
}

pub(super) struct Module<'a> {
    pub(super) types: Vec<FuncType>,
    /// Imports as module and name: functions, tables, memories, globals.
    imported: [Vec<(&'a str, &'a str)>; 4],
    /// Types of imported functions, then of defined ones.
    pub(super) function_types: Vec<u32>,
    pub(super) tables: Vec<TableType>,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: Vec<(GlobalType, Constant)>,
    exports: HashMap<&'a str, (ExternalKind, u32)>,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) data: Vec<Data<'a>>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    names: Option<NameSectionReader<'a>>,
}

impl<'a> Module<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, LinkError> {
        let mut module = Self {
            types: Vec::new(),
            imported: Default::default(),
            function_types: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: HashMap::new(),
            elements: Vec::new(),
            data: Vec::new(),
            bodies: Vec::new(),
            names: None,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section.into_iter_err_on_gc_types() {
                        module.types.push(group?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let kind = match import.ty {
                            TypeRef::Func(ty) => {
                                module.function_types.push(ty);
                                ExternalKind::Func
                            }
                            TypeRef::Table(_) => ExternalKind::Table,
                            TypeRef::Memory(_) => ExternalKind::Memory,
                            TypeRef::Global(_) => ExternalKind::Global,
                            _ => return Err(LinkError::Shape("an import of an unknown kind")),
                        };
                        module.imported[place(kind)].push((import.module, import.name));
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        module.function_types.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let table = table?;
                        if !matches!(table.init, TableInit::RefNull) {
                            return Err(LinkError::Shape("a table that starts with a value"));
                        }
                        module.tables.push(table.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        module.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        module.globals.push((global.ty, constant(&global.init_expr)?));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        module.exports.insert(export.name, (export.kind, export.index));
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        module.elements.push(element?);
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        module.data.push(data?);
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        module.names = Some(names);
                    }
                }
                Payload::StartSection { .. } => return Err(LinkError::Shape("a module that starts by itself")),
                Payload::TagSection(_) => return Err(LinkError::Shape("a module with tags")),
                _ => {}
            }
        }
        Ok(module)
    }

    /// The number of the function that its author gave this name.
    pub(super) fn named(&self, name: &str) -> Result<Option<u32>, LinkError> {
        for names in self.names.clone().into_iter().flatten() {
            let Name::Function(functions) = names? else { continue };
            for function in functions {
                let function = function?;
                if function.name == name {
                    return Ok(Some(function.index));
                }
            }
        }
        Ok(None)
    }

    /// Module and name of each import of a kind.
    pub(super) fn imports(&self, kind: ExternalKind) -> &[(&'a str, &'a str)] {
        &self.imported[place(kind)]
    }

    pub(super) fn export(&self, kind: ExternalKind, name: &str) -> Option<u32> {
        self.exports.get(name).filter(|(found, _)| *found == kind).map(|(_, index)| *index)
    }
}

fn place(kind: ExternalKind) -> usize {
    match kind {
        ExternalKind::Func => 0,
        ExternalKind::Table => 1,
        ExternalKind::Memory => 2,
        _ => 3,
    }
}

/// What a constant expression says.
pub(super) fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<Constant, LinkError> {
    let mut operators = Vec::new();
    for operator in expression.get_operators_reader() {
        operators.push(operator?);
    }
    match operators.as_slice() {
        [Operator::I32Const { value }, Operator::End] => Ok(Constant::I32(*value)),
        [Operator::I64Const { value }, Operator::End] => Ok(Constant::I64(*value)),
        [Operator::GlobalGet { global_index }, Operator::End] => Ok(Constant::Behind(*global_index, 0)),
        [Operator::GlobalGet { global_index }, Operator::I32Const { value }, Operator::I32Add, Operator::End]
        | [Operator::I32Const { value }, Operator::GlobalGet { global_index }, Operator::I32Add, Operator::End] => {
            Ok(Constant::Behind(*global_index, *value))
        }
        _ => Err(LinkError::Shape("a constant that is computed")),
    }
}
