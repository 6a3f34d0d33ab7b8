(* SPDX-License-Identifier: ISC *)
(* The state of an Arm64 CPU, as far as the engine can see it.

   St pc xs vs f m ev:
     pc   address of the next instruction
     xs   32 numbers of 64 bits: X0 to X30, then SP
     vs   32 numbers of 128 bits: V0 to V31
     f    the flags N, Z, C, V
     m    memory, a byte at each address
     ev   a ghost: for each instruction so far, the last first, its address and
          the addresses of what it loaded and stored.  No instruction reads it.

   An instruction (arm_forms.ml) takes a state and gives either NONE, where
   Arm's manual leaves open what it does, or SOME (accesses, state): what it
   loads and stores, and the state after it.  arm_step.ml asks whether these
   accesses are permitted. *)

let flags_INDUCT,flags_RECURSION = define_type
 "flags = NZCV bool bool bool bool";;

let st_INDUCT,st_RECURSION = define_type
 "st = St (64 word) ((64 word) list) ((128 word) list) flags
          (64 word->8 word) ((64 word # (64 word) list) list)";;

let access_INDUCT,access_RECURSION = define_type
 "access = Load (64 word) num | Store (64 word) num";;

let on_state tm = new_recursive_definition st_RECURSION tm;;

(* ------------------------------------------------------------------------- *)
(* Registers.  Number 31 is the zero register or the stack pointer, as each  *)
(* instruction has it: the manual's X[n] is xzr n, where it says SP[] xsp n. *)
(* ------------------------------------------------------------------------- *)

(* The list with v at place n. *)
let put = define
 `put 0 (v:A) (CONS h t) = CONS v t /\
  put (SUC n) v (CONS h t) = CONS h (put n v t)`;;

let xsp = on_state `xsp n (St pc xs vs f m ev) : int64 = EL n xs`;;

let xzr = on_state
 `xzr n (St pc xs vs f m ev) : int64 = if n = 31 then word 0 else EL n xs`;;

let vreg = on_state `vreg n (St pc xs vs f m ev) : int128 = EL n vs`;;

let set_xsp = on_state
 `set_xsp n v (St pc xs vs f m ev) = St pc (put n v xs) vs f m ev`;;

let set_xzr = on_state
 `set_xzr n v (St pc xs vs f m ev) =
    St pc (if n = 31 then xs else put n v xs) vs f m ev`;;

let set_vreg = on_state
 `set_vreg n v (St pc xs vs f m ev) = St pc xs (put n v vs) f m ev`;;

(* ------------------------------------------------------------------------- *)
(* Program counter and flags.                                                *)
(* ------------------------------------------------------------------------- *)

let program_counter = on_state
 `program_counter (St pc xs vs f m ev) = pc`;;

let jump = on_state `jump a (St pc xs vs f m ev) = St a xs vs f m ev`;;

let next = on_state
 `next (St pc xs vs f m ev) = St (word_add pc (word 4)) xs vs f m ev`;;

let flags = on_state `flags (St pc xs vs f m ev) = f`;;

let set_flags = on_state
 `set_flags f (St pc xs vs g m ev) = St pc xs vs f m ev`;;

let flag_z = new_recursive_definition flags_RECURSION
 `flag_z (NZCV n z c v) = z`;;
let flag_c = new_recursive_definition flags_RECURSION
 `flag_c (NZCV n z c v) = c`;;

(* ------------------------------------------------------------------------- *)
(* Memory: the manual's Mem[a, k], little-endian, for k bytes.               *)
(* ------------------------------------------------------------------------- *)

let read_bytes = define
 `read_bytes 0 (m:int64->byte) a = 0 /\
  read_bytes (SUC k) m a =
    val (m a) + 256 * read_bytes k m (word_add a (word 1))`;;

let write_bytes = new_definition
 `write_bytes k (v:N word) (m:int64->byte) a = \b.
    if val (word_sub b a) < k
    then word_subword v (8 * val (word_sub b a),8) else m b`;;

let read8 = new_definition `read8 m a : byte = m (a:int64)`;;
let read64 = new_definition `read64 m a : int64 = word (read_bytes 8 m a)`;;
let read128 = new_definition
 `read128 m a : int128 = word (read_bytes 16 m a)`;;

let write8 = new_definition `write8 (v:byte) = write_bytes 1 v`;;
let write64 = new_definition `write64 (v:int64) = write_bytes 8 v`;;
let write128 = new_definition `write128 (v:int128) = write_bytes 16 v`;;

let memory = on_state `memory (St pc xs vs f m ev) = m`;;

let set_memory = on_state
 `set_memory n (St pc xs vs f m ev) = St pc xs vs f n ev`;;

(* ------------------------------------------------------------------------- *)
(* The ghost.                                                                *)
(* ------------------------------------------------------------------------- *)

let address = new_recursive_definition access_RECURSION
 `address (Load a k) = a /\ address (Store a k) = a`;;

let record_event = on_state
 `record_event e (St pc xs vs f m ev) = St pc xs vs f m (CONS e ev)`;;

let events = on_state `events (St pc xs vs f m ev) = ev`;;
