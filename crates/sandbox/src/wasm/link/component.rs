//! How a component wires its core modules together.

use super::LinkError;
use super::module::Module;
use std::collections::HashMap;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentTypeRef, Export, ExternalKind,
    Instance, Parser, Payload,
};

/// A function that the host must provide: the interface, without its version, and the function's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct HostFunction {
    pub(super) interface: String,
    pub(super) name: String,
}

/// What a core function, table, memory or global of the component is.
enum Item<'a> {
    Host(HostFunction),
    Export { instance: u32, name: &'a str },
}

enum CoreInstance<'a> {
    Module { module: usize, arguments: HashMap<&'a str, u32> },
    Exports(Vec<Export<'a>>),
}

/// The definition behind a name: the host's, or the one that has this number in a module's own index space.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Definition {
    Host(HostFunction),
    In { instance: u32, index: u32 },
}

enum Function {
    Host(HostFunction),
    Lifted {
        core: u32,
        post_return: Option<u32>,
        realloc: Option<u32>,
    },
    /// Another name of one that is here already.
    Exported,
}

/// A component that was read.
pub(super) struct Component<'a> {
    pub(super) modules: Vec<Module<'a>>,
    instances: Vec<CoreInstance<'a>>,
    functions: Vec<Item<'a>>,
    tables: Vec<Item<'a>>,
    memories: Vec<Item<'a>>,
    globals: Vec<Item<'a>>,
    /// Exported functions, with what frees their results and what allocates their arguments.
    pub(super) exports: Vec<(String, Definition)>,
}

fn without_version(interface: &str) -> String {
    interface.split('@').next().unwrap_or(interface).to_owned()
}

impl<'a> Component<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, LinkError> {
        let mut component = Self {
            modules: Vec::new(),
            instances: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
        };
        let mut interfaces: Vec<String> = Vec::new();
        let mut lifted: Vec<Function> = Vec::new();
        let mut exported: Vec<(&'a str, u32)> = Vec::new();
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            match payload {
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ModuleSection { unchecked_range, .. } => {
                    if depth == 0 {
                        component.modules.push(Module::read(&bytes[unchecked_range])?);
                    }
                    depth += 1;
                }
                Payload::ComponentSection { .. } => depth += 1,
                // What lies in a nested module or component is that one's own matter.
                _ if depth > 0 => {}
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        let import = import?;
                        let name = import.name.name;
                        match import.ty {
                            ComponentTypeRef::Instance(_) => interfaces.push(without_version(name)),
                            ComponentTypeRef::Func(_) => lifted
                                .push(Function::Host(HostFunction { interface: String::new(), name: name.to_owned() })),
                            _ => {}
                        }
                    }
                }
                Payload::ComponentInstanceSection(section) => {
                    interfaces.extend(section.into_iter().map(|_| String::new()));
                }
                Payload::ComponentAliasSection(section) => {
                    for alias in section {
                        match alias? {
                            ComponentAlias::InstanceExport {
                                kind: ComponentExternalKind::Func,
                                instance_index,
                                name,
                            } => {
                                let interface = interfaces.get(instance_index as usize).cloned().unwrap_or_default();
                                lifted.push(Function::Host(HostFunction { interface, name: name.to_owned() }));
                            }
                            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Instance, .. } => {
                                interfaces.push(String::new());
                            }
                            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                                component.space(kind)?.push(Item::Export { instance: instance_index, name });
                            }
                            _ => {}
                        }
                    }
                }
                Payload::ComponentCanonicalSection(section) => {
                    for function in section {
                        component.canonical(function?, &mut lifted)?;
                    }
                }
                Payload::InstanceSection(section) => {
                    for instance in section {
                        component.instances.push(match instance? {
                            Instance::Instantiate { module_index, args } => CoreInstance::Module {
                                module: module_index as usize,
                                arguments: args.iter().map(|argument| (argument.name, argument.index)).collect(),
                            },
                            Instance::FromExports(exports) => CoreInstance::Exports(exports.into_vec()),
                        });
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        let export = export?;
                        match export.kind {
                            ComponentExternalKind::Func => {
                                exported.push((export.name.name, export.index));
                                lifted.push(Function::Exported);
                            }
                            ComponentExternalKind::Instance => interfaces.push(String::new()),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        for (name, index) in exported {
            let Some(&Function::Lifted { core, post_return, realloc }) = lifted.get(index as usize) else {
                return Err(LinkError::Shape("an export that is not a function of the component's own"));
            };
            let helpers = [(String::from("cabi_post_") + name, post_return), ("cabi_realloc".to_owned(), realloc)];
            component.exports.push((name.to_owned(), component.function(core)?));
            for (name, core) in helpers.into_iter().filter_map(|(name, core)| Some((name, core?))) {
                let definition = component.function(core)?;
                match component.exports.iter().find(|(known, _)| *known == name) {
                    Some((_, known)) if *known != definition => {
                        return Err(LinkError::Shape("two allocators of one component"));
                    }
                    Some(_) => {}
                    None => component.exports.push((name, definition)),
                }
            }
        }
        Ok(component)
    }

    fn canonical(&mut self, function: CanonicalFunction, lifted: &mut Vec<Function>) -> Result<(), LinkError> {
        match function {
            CanonicalFunction::Lift { core_func_index: core, options, .. } => {
                let mut made = (None, None);
                for option in &options {
                    match option {
                        CanonicalOption::PostReturn(index) => made.0 = Some(*index),
                        CanonicalOption::Realloc(index) => made.1 = Some(*index),
                        _ => {}
                    }
                }
                lifted.push(Function::Lifted { core, post_return: made.0, realloc: made.1 });
            }
            CanonicalFunction::Lower { func_index, .. } => match lifted.get(func_index as usize) {
                Some(Function::Host(function)) => self.functions.push(Item::Host(function.clone())),
                _ => return Err(LinkError::Shape("a lowered function that the host does not provide")),
            },
            // The numbers of resources mean nothing to the host, so that all kinds are dropped alike.
            CanonicalFunction::ResourceDrop { .. } => {
                let drop = HostFunction { interface: String::new(), name: "resource-drop".to_owned() };
                self.functions.push(Item::Host(drop));
            }
            _ => return Err(LinkError::Shape("a canonical function other than lift, lower and drop")),
        }
        Ok(())
    }

    fn space(&mut self, kind: ExternalKind) -> Result<&mut Vec<Item<'a>>, LinkError> {
        match kind {
            ExternalKind::Func => Ok(&mut self.functions),
            ExternalKind::Table => Ok(&mut self.tables),
            ExternalKind::Memory => Ok(&mut self.memories),
            ExternalKind::Global => Ok(&mut self.globals),
            _ => Err(LinkError::Shape("an item that is not a function, table, memory or global")),
        }
    }

    /// The instances of modules, in the order in which they come to be, with their modules.
    pub(super) fn units(&self) -> impl Iterator<Item = (u32, &Module<'a>)> {
        self.instances.iter().enumerate().filter_map(|(index, instance)| match instance {
            CoreInstance::Module { module, .. } => Some((index as u32, self.modules.get(*module)?)),
            CoreInstance::Exports(_) => None,
        })
    }

    /// What a number in a module's index space stands for.
    pub(super) fn local(&self, instance: u32, kind: ExternalKind, index: u32) -> Result<Definition, LinkError> {
        let Some(CoreInstance::Module { module, arguments }) = self.instances.get(instance as usize) else {
            return Err(LinkError::Shape("an instance that is not there"));
        };
        let imports = self.modules[*module].imports(kind);
        match imports.get(index as usize) {
            None => Ok(Definition::In { instance, index: index - imports.len() as u32 }),
            Some((from, name)) => {
                let from = arguments.get(from).ok_or(LinkError::Shape("an import that is not given"))?;
                self.export(*from, kind, name)
            }
        }
    }

    fn function(&self, index: u32) -> Result<Definition, LinkError> {
        self.item(ExternalKind::Func, index)
    }

    fn item(&self, kind: ExternalKind, index: u32) -> Result<Definition, LinkError> {
        let space = match kind {
            ExternalKind::Func => &self.functions,
            ExternalKind::Table => &self.tables,
            ExternalKind::Memory => &self.memories,
            _ => &self.globals,
        };
        match space.get(index as usize) {
            Some(Item::Host(function)) => Ok(Definition::Host(function.clone())),
            Some(Item::Export { instance, name }) => self.export(*instance, kind, name),
            None => Err(LinkError::Shape("an item that is not there")),
        }
    }

    fn export(&self, instance: u32, kind: ExternalKind, name: &str) -> Result<Definition, LinkError> {
        let missing = LinkError::Shape("an export that is not there");
        match self.instances.get(instance as usize) {
            Some(CoreInstance::Exports(exports)) => {
                let found = exports.iter().find(|export| export.name == name && export.kind == kind);
                self.item(kind, found.ok_or(missing)?.index)
            }
            Some(CoreInstance::Module { module, .. }) => {
                let index = self.modules[*module].export(kind, name).ok_or(missing)?;
                self.local(instance, kind, index)
            }
            None => Err(missing),
        }
    }
}
