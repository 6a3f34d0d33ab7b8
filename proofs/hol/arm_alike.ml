(* SPDX-License-Identifier: ISC *)
(* Time: what instructions do to two states that are alike in what is public.

   Public may be some of X0 to X30 and SP, and the flags, but never vectors or
   memory.  Which of them are is a list of 33 truth values.  A register that is
   loaded from memory is secret from there on; what is computed of public ones is
   public.

     leads f p q ds   from states that are alike in p, an instruction f makes
                      the same accesses, and leads to states that are alike in q,
                      at one of the distances ds
     LEADS            that, for each form, where its addresses, or what it
                      branches on, are public in p.  A return has none: bodies
                      (arm_builds.ml) end before it *)

needs "arm_exec.ml";;

let alike = new_definition
 `alike p s r <=>
    whole s /\ whole r /\ LENGTH p = 33 /\
    program_counter r = program_counter s /\
    (!n. n < 32 ==> EL n p ==> xsp n r = xsp n s) /\
    (EL 32 p ==> flags r = flags s)`;;

let leads = new_definition
 `leads (f:st->(access list # st) option) p q ds <=>
    !s r a b s' r'.
      alike p s r /\ f s = SOME (a,s') /\ f r = SOME (b,r')
      ==> MAP address a = MAP address b /\ alike q s' r' /\
          MEM (word_sub (program_counter s') (program_counter s)) ds /\
          events s' = events s /\ events r' = events r`;;

(* Register n as an operand, of which number 31 is zero; as a result, of which
   number 31 is dropped. *)
let known = new_definition `known n p <=> n = 31 \/ EL n p`;;
let learn = new_definition `learn d (b:bool) p = if d = 31 then p else put d b p`;;

(* ------------------------------------------------------------------------- *)
(* What writes to a state keeps alike.                                       *)
(* ------------------------------------------------------------------------- *)

let LENGTH_PUT = prove
 (`!d (v:A) l. d < LENGTH l ==> LENGTH (put d v l) = LENGTH l`,
  INDUCT_TAC THEN GEN_TAC THEN LIST_INDUCT_TAC THEN
  ASM_SIMP_TAC[LENGTH; CONJUNCT1 LT; put; LT_SUC]);;

let EL_PUT = prove
 (`!d (v:A) l n. d < LENGTH l
                 ==> EL n (put d v l) = if n = d then v else EL n l`,
  INDUCT_TAC THEN GEN_TAC THEN LIST_INDUCT_TAC THEN
  REWRITE_TAC[LENGTH; CONJUNCT1 LT; put; LT_SUC] THEN INDUCT_TAC THEN
  REPEAT STRIP_TAC THEN
  ASM_SIMP_TAC[EL; HD; TL; NOT_SUC; SUC_INJ; GSYM NOT_SUC]);;

let STATES_TAC =
  REPEAT GEN_TAC THEN
  STRUCT_CASES_TAC(SPEC `s:st` (cases "st")) THEN
  STRUCT_CASES_TAC(SPEC `r:st` (cases "st")) THEN
  REWRITE_TAC(alike::whole::ACCESSORS) THEN STRIP_TAC THEN
  ASM_REWRITE_TAC[];;

let ALIKE_XSP = prove
 (`!p s r d b v w.
     alike p s r /\ d < 32 /\ (b ==> w = v)
     ==> alike (put d b p) (set_xsp d v s) (set_xsp d w r)`,
  STATES_TAC THEN
  SUBGOAL_THEN `d < 33 /\ ~(32 = d)` STRIP_ASSUME_TAC THENL
   [ASM_ARITH_TAC; ASM_SIMP_TAC[LENGTH_PUT; EL_PUT]] THEN
  X_GEN_TAC `n:num` THEN ASM_CASES_TAC `n:num = d` THEN ASM_SIMP_TAC[]);;

let ALIKE_FLAGS = prove
 (`!p s r b f g.
     alike p s r /\ (b ==> g = f)
     ==> alike (put 32 b p) (set_flags f s) (set_flags g r)`,
  STATES_TAC THEN
  ASM_SIMP_TAC[LENGTH_PUT; EL_PUT; ARITH_RULE `32 < 33`;
               ARITH_RULE `n < 32 ==> ~(n = 32)`]);;

let ALIKE_VREG = prove
 (`!p s r d v w.
     alike p s r /\ d < 32 ==> alike p (set_vreg d v s) (set_vreg d w r)`,
  STATES_TAC THEN ASM_SIMP_TAC[LENGTH_PUT]);;

let ALIKE_MEMORY = prove
 (`!p s r m n. alike p s r ==> alike p (set_memory m s) (set_memory n r)`,
  STATES_TAC);;

let ALIKE_NEXT = prove
 (`!p s r. alike p s r ==> alike p (next s) (next r)`,
  STATES_TAC);;

let ALIKE_JUMP = prove
 (`!p s r a b. alike p s r /\ b = a ==> alike p (jump a s) (jump b r)`,
  STATES_TAC);;

let ALIKE_EVENT = prove
 (`!p s r d e.
     alike p s r ==> alike p (record_event d s) (record_event e r)`,
  STATES_TAC);;

(* The zero register in terms of the others. *)
let ZERO_REGISTER = prove
 (`(!n s. xzr n s = if n = 31 then word 0 else xsp n s) /\
   (!d v s. set_xzr d v s = if d = 31 then s else set_xsp d v s)`,
  CONJ_TAC THEN REPEAT GEN_TAC THEN
  STRUCT_CASES_TAC(SPEC `s:st` (cases "st")) THEN REWRITE_TAC ACCESSORS THEN
  COND_CASES_TAC THEN ASM_REWRITE_TAC[]);;

let ALIKE_XZR = prove
 (`!p s r d b v w.
     alike p s r /\ d < 32 /\ (b ==> w = v)
     ==> alike (learn d b p) (set_xzr d v s) (set_xzr d w r)`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[learn; ZERO_REGISTER] THEN
  COND_CASES_TAC THEN ASM_SIMP_TAC[ALIKE_XSP]);;

let ALIKE_READS = prove
 (`!p s r.
     alike p s r
     ==> (!n. n < 32 /\ EL n p ==> xsp n r = xsp n s) /\
         (!n. n < 32 /\ known n p ==> xzr n r = xzr n s) /\
         (EL 32 p ==> flags r = flags s) /\
         program_counter r = program_counter s`,
  REWRITE_TAC[alike; known; ZERO_REGISTER] THEN REPEAT STRIP_TAC THEN
  TRY(COND_CASES_TAC THEN REWRITE_TAC[]) THEN ASM_MESON_TAC[]);;

(* Writes to a state, but for jumps, keep its program counter; all keep its
   events. *)
let OTHER_PARTS =
  let keeps tm = prove(tm,
    REPEAT GEN_TAC THEN STRUCT_CASES_TAC(SPEC `s:st` (cases "st")) THEN
    REWRITE_TAC(events::ACCESSORS)) in
  map keeps
   [`program_counter (next s) = word_add (program_counter s) (word 4)`;
    `program_counter (jump a s) = a`;
    `program_counter (set_xsp d v s) = program_counter s`;
    `program_counter (set_xzr d v s) = program_counter s`;
    `program_counter (set_vreg d w s) = program_counter s`;
    `program_counter (set_flags f s) = program_counter s`;
    `program_counter (set_memory m s) = program_counter s`;
    `program_counter (record_event e s) = program_counter s`;
    `events (next s) = events s`; `events (jump a s) = events s`;
    `events (set_xsp d v s) = events s`; `events (set_xzr d v s) = events s`;
    `events (set_vreg d w s) = events s`; `events (set_flags f s) = events s`;
    `events (set_memory m s) = events s`;
    `events (record_event e s) = CONS e (events s)`];;

(* ------------------------------------------------------------------------- *)
(* Each form.                                                                *)
(* ------------------------------------------------------------------------- *)

(* Forms; what has to be public; and what is public after them. *)
let FLOWS = [
  [add_imm; sub_imm],[],`put d (EL n p) (p:bool list)`;
  [cmp_imm],[],`put 32 (EL n p) (p:bool list)`;
  [and_imm],[],`put d (known n p) p`;
  [ands_imm],[],`put 32 (known n p) (learn d (known n p) p)`;
  [lsr_imm],[],`learn d (known n p) p`;
  [add_lsl; add_lsr; sub_reg; eor_lsl; and_asr; bic; extr],[],
    `learn d (known n p /\ known m p) p`;
  [movz],[],`learn d T p`;
  [mov],[],`learn d (known m p) p`;
  [cset_ne],[],`learn d (EL 32 p) p`;
  [ldp_x],[`EL n p:bool`],`learn u F (learn t F p)`;
  [ldp_x_post],[`EL n p:bool`],`put n T (learn u F (learn t F p))`;
  [stp_x_pre; ldp_q_post; stp_q_post; ldr_q_post; str_q_post],[`EL n p:bool`],
    `put n T p`;
  [stp_x; ldp_d; stp_d; stp_q; ldr_q; str_q],[`EL n p:bool`],`p:bool list`;
  [ldrb],[`EL n p:bool`; `known m p`],`learn t F p`;
  [strb],[`EL n p:bool`; `known m p`],`p:bool list`;
  [b_eq; b_ne; b_lo],[`EL 32 p:bool`],`p:bool list`;
  [cbz; cbnz],[`known t p`],`p:bool list`;
  [branch; paciasp; autiasp; aese; aesd; aesmc; aesimc; eor_v; movi_2d_zero;
   movi_4s; dup_4s; ext; ushr_4s; shl_4s; sli_4s],[],`p:bool list`];;

(* How far forms lead: as the definition has it, and on. *)
let distances name =
  if name = "branch" then `[word_shl (word_sx (word i : 26 word)) 2 : int64]`
  else if mem name ["b_eq"; "b_ne"; "b_lo"; "cbz"; "cbnz"] then
    `[word_shl (word_sx (word i : 19 word)) 2; word 4 : int64]`
  else `[word 4 : int64]`;;

let COND_NONE = prove
 (`(if c then NONE else SOME x) = SOME (y:A) <=> ~c /\ x = y`,
  COND_CASES_TAC THEN
  ASM_REWRITE_TAC[distinctness "option"; injectivity "option"]);;

let COND_SOME = prove
 (`(if c then SOME x else NONE) = SOME (y:A) <=> c /\ x = y`,
  COND_CASES_TAC THEN
  ASM_REWRITE_TAC[distinctness "option"; injectivity "option"]);;

let ALIKE_TAC =
  REPEAT(FIRST (map MATCH_MP_TAC
    [ALIKE_NEXT; ALIKE_JUMP; ALIKE_XSP; ALIKE_XZR; ALIKE_VREG; ALIKE_FLAGS;
     ALIKE_MEMORY]) THEN REPEAT CONJ_TAC) THEN
  FIRST [FIRST_ASSUM ACCEPT_TAC; REPEAT STRIP_TAC THEN ASM_SIMP_TAC[]];;

let BACK = WORD_RULE `word_sub (word_add a b) a : int64 = b`;;

let FORM_LEADS (def,required,after) =
  let vars,eq = strip_forall (concl def) in
  let form = rator (lhs eq) in
  let registers =
    filter (fun v -> mem (fst (dest_var v)) ["d"; "n"; "m"; "t"; "u"]) vars in
  let small v = mk_binop `(<):num->num->bool` v `32` in
  let conds = map small registers @ required in
  let ds = distances (fst (dest_const (repeat rator form))) in
  let says = list_mk_comb(`leads`,[form; `p:bool list`; after; ds]) in
  let take th =
    if is_eq (concl th) && is_var (rand (concl th)) then SUBST1_TAC (SYM th)
    else ASSUME_TAC th in
  let th = prove(itlist (curry mk_imp) conds says,
    REPEAT DISCH_TAC THEN REWRITE_TAC[leads] THEN REPEAT GEN_TAC THEN
    DISCH_THEN(CONJUNCTS_THEN2
      (fun th -> ASSUME_TAC th THEN
                 STRIP_ASSUME_TAC (MATCH_MP ALIKE_READS th)) MP_TAC) THEN
    REWRITE_TAC(def::HELPERS) THEN
    REWRITE_TAC[COND_NONE; injectivity "option"; PAIR_EQ; IMP_CONJ] THEN
    REPEAT(DISCH_THEN take) THEN REPEAT CONJ_TAC THENL
     [REWRITE_TAC[MAP; address] THEN ASM_SIMP_TAC[];
      ALIKE_TAC;
      REWRITE_TAC OTHER_PARTS THEN REPEAT COND_CASES_TAC THEN
      REWRITE_TAC[BACK; MEM];
      REWRITE_TAC OTHER_PARTS;
      REWRITE_TAC OTHER_PARTS]) in
  fst (dest_const (repeat rator form)),th;;

let LEADS = List.concat (map (fun (defs,required,after) ->
  map (fun def -> FORM_LEADS (def,required,after)) defs) FLOWS);;
