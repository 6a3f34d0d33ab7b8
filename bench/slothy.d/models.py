# SPDX-License-Identifier: ISC
"""SLOTHY's models of CPUs, with what they lack for this engine.

Runs in the virtual environment.  The figures added to a55 are those of
instructions like them; those of a55mca are what llvm-mca 19 was seen to do.
"""

import types

import slothy.targets.aarch64.aarch64_big_experimental as big
import slothy.targets.aarch64.aarch64_neon as arch
import slothy.targets.aarch64.cortex_a55 as a55
import slothy.targets.aarch64.neoverse_n1_experimental as n1


class AndShifted(arch.AArch64LogicalShifted):
    """The carry of a tweak, which SLOTHY does not parse."""

    pattern = "and <Xd>, <Xa>, <Xb>, <barrel> <imm>"
    inputs = ["Xa", "Xb"]
    outputs = ["Xd"]


arch.Instruction.all_subclass_leaves.append(AndShifted)

VECTORS = [a55.ExecutionUnit.VEC0, a55.ExecutionUnit.VEC1]
ALUS = [a55.ExecutionUnit.SCALAR_ALU0, a55.ExecutionUnit.SCALAR_ALU1]
LOAD = a55.ExecutionUnit.SCALAR_LOAD
STORE = a55.ExecutionUnit.SCALAR_STORE

for table, logical, pair in (
        (a55.execution_units, ALUS, [VECTORS + [STORE]]),
        (a55.inverse_throughput, 1, 2),
        (a55.default_latencies, 1, 1)):
    table[arch.extr, AndShifted] = logical
    table[arch.Stp_Q] = pair
STORES = (arch.Stp_X, arch.Str_Q, arch.Stp_Q)
LOADS = (arch.Ldr_Q, arch.Ldp_X)


def is_xor(instruction):
    return isinstance(instruction, arch.AArch64NeonLogical)


def is_aes(instruction):
    return isinstance(instruction, arch.AESInstruction)


def units(instruction):
    """An xor takes both vector pipes.  So does AES; and nothing that ends
    before it can begin beside it but a store, which has no result."""
    if is_aes(instruction):
        return [VECTORS + ALUS + [LOAD]]
    if is_xor(instruction):
        return [VECTORS]
    if isinstance(instruction, LOADS):
        return [LOAD]
    return [STORE] if isinstance(instruction, STORES) else ALUS


def throughput(instruction):
    return 2 if isinstance(instruction, arch.Ldp_X) else 1


def until_written(instruction):
    if is_aes(instruction):
        return 4
    if is_xor(instruction) or isinstance(instruction, STORES):
        return 1
    return 5 if isinstance(instruction, arch.Ldp_X) else 3


def latency(source, _, target):
    """Sums in general registers are forwarded to each other, later where an
    operand is shifted; what extr gives goes through its register."""
    if any(isinstance(i, LOADS + STORES) or arch.is_neon_instruction(i)
           for i in (source, target)):
        return until_written(source)
    second = target.args_in.index(source.args_out[0])
    if isinstance(target, arch.extr):
        return 2 + second
    if isinstance(source, arch.extr):
        return 3
    return 1 + second * isinstance(target, arch.AArch64LogicalShifted)


def in_order(slothy):
    """Vectors begin a cycle; an xor ends after all that began before it."""
    if slothy.config.constraints.functional_only:
        return
    slothy.restrict_slots_for_instructions_by_property(
        lambda i: is_aes(i) or is_xor(i), [0])
    for before, xor in slothy.get_inst_pairs(
            cond_fst=lambda t: not isinstance(t.inst, STORES),
            cond_snd=lambda t: is_xor(t.inst)):
        for cycles in range(1, until_written(before.inst) - 1):
            slothy._Add(xor.cycle_start_var
                        != before.cycle_start_var + cycles)


a55mca = types.ModuleType("a55mca")
vars(a55mca).update(
    {name: value for name, value in vars(a55).items() if name[:2] != "__"},
    get_units=units, get_inverse_throughput=throughput, get_latency=latency,
    add_further_constraints=in_order)

def keeping_pairs(model):
    """The same, where AES stays in its order: of the many that are as good,
    one; the solver would otherwise hardly end."""
    ordered = types.ModuleType(model.__name__)
    vars(ordered).update({name: value for name, value in vars(model).items()
                          if name[:2] != "__"})

    def constraints(slothy):
        model.add_further_constraints(slothy)
        pairs = [t for t in slothy._get_nodes() if is_aes(t.inst)]
        for before, after in zip(pairs, pairs[1:]):
            slothy._Add(before.program_start_var < after.program_start_var)

    ordered.add_further_constraints = constraints
    return ordered


MODELS = {name: keeping_pairs(model) for name, model in (
    ("a55", a55), ("a55mca", a55mca), ("n1", n1), ("big", big))}
