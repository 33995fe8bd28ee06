//! Builds a component that exports interfaces and refuses every call.
//!
//! The answers are those of Spin's `crates/capabilities/deny-adapter/src/lib.rs` where a function
//! returns a result: `access-denied`, or an error that carries the text "... is not permitted".

use anyhow::Result;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function as Body,
    FunctionSection, Instruction, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Function, Int, Mangling, Resolve, SizeAlign, Type, TypeDefKind, WorldId, WorldItem,
};

use crate::deny::without_version;

/// Interfaces whose functions return something empty.
const EMPTY: [&str; 2] = ["wasi:cli/environment", "wasi:filesystem/preopens"];

/// A page of memory: the answers lie in the first, arguments are written to the second.
const PAGE: usize = 1 << 16;

/// Builds a component that exports what the world exports and imports no function.
pub fn build(resolve: &Resolve, world: WorldId) -> Result<Vec<u8>> {
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve);
    let mut module = Draft::default();
    for (key, item) in &resolve.worlds[world].exports {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = resolve.name_world_key(key);
        let plain = without_version(&interface);
        for function in resolve.interfaces[*id].functions.values() {
            let name = function.core_export_name(Some(&interface), Mangling::Legacy);
            let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
            let answer = if EMPTY.contains(&plain) {
                Some(0)
            } else if signature.retptr {
                module.refusal(
                    resolve,
                    &sizes,
                    function,
                    &format!("{plain:?} is not permitted"),
                )
            } else {
                None
            };
            module.export(&name, &signature.params, &signature.results, answer);
        }
    }
    module.export(
        "cabi_realloc",
        &[WasmType::I32; 4],
        &[WasmType::I32],
        Some(PAGE),
    );
    let mut module = module.finish();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.encode()
}

/// A core module whose functions return addresses of constants, or trap.
#[derive(Default)]
struct Draft {
    types: TypeSection,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
    /// What lies in memory from address 0 on; the first bytes stay zero: an empty list, or nothing.
    data: Vec<u8>,
}

impl Draft {
    fn export(
        &mut self,
        name: &str,
        params: &[WasmType],
        results: &[WasmType],
        answer: Option<usize>,
    ) {
        let mut body = Body::new([]);
        match answer.and_then(|address| i32::try_from(address).ok()) {
            Some(address) if results.len() == 1 => {
                body.instruction(&Instruction::I32Const(address))
            }
            _ => body.instruction(&Instruction::Unreachable),
        };
        body.instruction(&Instruction::End);
        let index = self.types.len();
        let values = |types: &[WasmType]| types.iter().copied().map(value_type).collect::<Vec<_>>();
        self.types.ty().function(values(params), values(results));
        self.functions.function(index);
        self.code.function(&body);
        self.exports.export(name, ExportKind::Func, index);
    }

    /// Lays out an error that `function` can return, if it can.
    fn refusal(
        &mut self,
        resolve: &Resolve,
        sizes: &SizeAlign,
        function: &Function,
        text: &str,
    ) -> Option<usize> {
        let TypeDefKind::Result(result) = kind(resolve, function.result.as_ref()?)? else {
            return None;
        };
        let error = result.err.as_ref()?;
        let cases = [result.ok.as_ref(), result.err.as_ref()];
        let payload = sizes.payload_offset(Int::U8, cases).size_wasm32();
        let mut bytes = vec![0; sizes.size(function.result.as_ref()?).size_wasm32()];
        bytes[0] = 1;
        // Aligned for any type; the text follows the result.
        let address = (self.data.len().max(16)).next_multiple_of(16);
        let text_address = address + bytes.len();
        let string = |bytes: &mut [u8], at: usize| {
            bytes[at..at + 4].copy_from_slice(&u32::try_from(text_address).ok()?.to_le_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&u32::try_from(text.len()).ok()?.to_le_bytes());
            Some(())
        };
        match kind(resolve, error)? {
            TypeDefKind::Enum(ty) => {
                let case = ty
                    .cases
                    .iter()
                    .position(|case| case.name == "access-denied")?;
                bytes[payload] = u8::try_from(case).ok()?;
            }
            TypeDefKind::Variant(ty) => {
                let names = ["access-denied", "other", "internal-error", "undefined"];
                let find = |name: &&str| ty.cases.iter().position(|case| case.name == **name);
                let case = names.iter().find_map(find)?;
                bytes[payload] = u8::try_from(case).ok()?;
                let types = ty.cases.iter().map(|case| case.ty.as_ref());
                let inner = payload + sizes.payload_offset(Int::U8, types).size_wasm32();
                match &ty.cases[case].ty {
                    None => {}
                    Some(Type::String) => string(&mut bytes, inner)?,
                    Some(other) => match kind(resolve, other)? {
                        TypeDefKind::Option(Type::String) => {
                            bytes[inner] = 1;
                            string(&mut bytes, inner + 4)?;
                        }
                        _ => return None,
                    },
                }
            }
            _ => return None,
        }
        self.data.resize(address, 0);
        self.data.extend(bytes);
        self.data.extend(text.as_bytes());
        (self.data.len() < PAGE).then_some(address)
    }

    fn finish(mut self) -> Vec<u8> {
        self.exports.export("memory", ExportKind::Memory, 0);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 2,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), self.data);
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.functions)
            .section(&memories)
            .section(&self.exports)
            .section(&self.code)
            .section(&data);
        module.finish()
    }
}

/// What a named type is, through all its other names.
fn kind<'a>(resolve: &'a Resolve, ty: &Type) -> Option<&'a TypeDefKind> {
    let Type::Id(id) = ty else { return None };
    match &resolve.types[*id].kind {
        TypeDefKind::Type(inner) => kind(resolve, inner),
        kind => Some(kind),
    }
}

fn value_type(ty: WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}
