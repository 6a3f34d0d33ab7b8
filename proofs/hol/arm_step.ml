(* SPDX-License-Identifier: ISC *)
(* One step of a program, and many.

     step base code rd wr s      SOME of the state after the instruction at the
                                 program counter, or NONE: stuck
     reaches base code rd wr s t some number of steps leads from s to t

   code is the program, a fixed list of words that lies at address base; rd and
   wr are the addresses that may be read and written.  A fetch outside of the
   code is stuck, and so is an unknown word, an instruction whose effect the
   manual leaves open, and an access outside of rd or wr.  So whatever reaches
   a state has kept to rd and wr on the way; REACHES_FRAME says what follows for
   memory.  A CPU's code is such a list where wr and the code are disjoint: of a
   call that is assumed, and is no theorem's hypothesis. *)

needs "arm_decode.ml";;

let bind = new_recursive_definition option_RECURSION
 `bind NONE (f:A->B option) = NONE /\
  bind (SOME x) f = f x`;;

let fetch = new_definition
 `fetch base (code:int32 list) pc =
   let k = val (word_sub pc (base:int64)) in
   if k MOD 4 = 0 /\ k DIV 4 < LENGTH code then SOME (EL (k DIV 4) code)
   else NONE`;;

(* All of k bytes from a on. *)
let within = new_definition
 `within (a:int64) k s <=> !i. i < k ==> word_add a (word i) IN s`;;

let permitted = new_recursive_definition access_RECURSION
 `(permitted rd wr (Load a k) <=> within a k rd) /\
  (permitted rd wr (Store a k) <=> within a k wr)`;;

let step = new_definition
 `step base code rd wr s =
   let pc = program_counter s in
   bind (fetch base code pc) (\w.
   bind (decode w s) (\r.
   if ALL (permitted rd wr) (FST r)
   then SOME (record_event (pc,MAP address (FST r)) (SND r)) else NONE))`;;

let run = define
 `run base code rd wr 0 s = SOME s /\
  run base code rd wr (SUC n) s =
    bind (run base code rd wr n s) (step base code rd wr)`;;

let reaches = new_definition
 `reaches base code rd wr s t <=> ?n. run base code rd wr n s = SOME t`;;

(* ------------------------------------------------------------------------- *)
(* Steps in a row.                                                           *)
(* ------------------------------------------------------------------------- *)

let REACHES_REFL = prove
 (`!base code rd wr s. reaches base code rd wr s s`,
  REPEAT GEN_TAC THEN REWRITE_TAC[reaches] THEN EXISTS_TAC `0` THEN
  REWRITE_TAC[run]);;

let REACHES_STEP = prove
 (`!base code rd wr s t u.
     reaches base code rd wr s t ==> step base code rd wr t = SOME u
     ==> reaches base code rd wr s u`,
  REPEAT GEN_TAC THEN REWRITE_TAC[reaches] THEN
  DISCH_THEN(X_CHOOSE_TAC `n:num`) THEN DISCH_TAC THEN
  EXISTS_TAC `SUC n` THEN ASM_REWRITE_TAC[run; bind]);;

let BIND_BIND = prove
 (`!x (f:A->B option) (g:B->C option).
     bind (bind x f) g = bind x (\y. bind (f y) g)`,
  MATCH_MP_TAC option_INDUCT THEN REWRITE_TAC[bind]);;

let BIND_SOME = prove
 (`!x:A option. bind x SOME = x`,
  MATCH_MP_TAC option_INDUCT THEN REWRITE_TAC[bind]);;

let BIND_EQ_SOME = prove
 (`!x (f:A->B option) z. bind x f = SOME z <=> ?y. x = SOME y /\ f y = SOME z`,
  MATCH_MP_TAC option_INDUCT THEN
  REWRITE_TAC[bind; distinctness "option"; injectivity "option"] THEN
  MESON_TAC[]);;

let RUN_ADD = prove
 (`!base code rd wr n m s.
     run base code rd wr (m + n) s =
     bind (run base code rd wr m s) (run base code rd wr n)`,
  REPLICATE_TAC 4 GEN_TAC THEN INDUCT_TAC THEN
  ASM_REWRITE_TAC[ADD_CLAUSES; run; BIND_BIND] THEN REPEAT GEN_TAC THENL
   [SUBGOAL_THEN `run base code rd wr 0 = SOME`
      (fun th -> REWRITE_TAC[th; BIND_SOME]) THEN
    REWRITE_TAC[FUN_EQ_THM; run];
    AP_TERM_TAC THEN REWRITE_TAC[FUN_EQ_THM; run]]);;

let REACHES_TRANS = prove
 (`!base code rd wr s t u.
     reaches base code rd wr s t /\ reaches base code rd wr t u
     ==> reaches base code rd wr s u`,
  REWRITE_TAC[reaches] THEN REPEAT STRIP_TAC THEN
  EXISTS_TAC `n + n':num` THEN ASM_REWRITE_TAC[RUN_ADD; bind]);;

(* What holds of a state and of each after it by one step, holds on the way. *)
let REACHES_INDUCT = prove
 (`!base code rd wr R.
     (!s:st. R s s) /\
     (!s t u. R s t /\ step base code rd wr t = SOME u ==> R s u)
     ==> !s t. reaches base code rd wr s t ==> R s t`,
  REPEAT GEN_TAC THEN STRIP_TAC THEN
  SUBGOAL_THEN `!n s t. run base code rd wr n s = SOME t ==> R (s:st) t`
    (fun th -> REWRITE_TAC[reaches] THEN MESON_TAC[th]) THEN
  INDUCT_TAC THEN REWRITE_TAC[run; BIND_EQ_SOME; injectivity "option"] THEN
  ASM_MESON_TAC[]);;

(* ------------------------------------------------------------------------- *)
(* What may not be written is as it was.                                     *)
(* ------------------------------------------------------------------------- *)

(* An instruction changes no more of memory than it says that it stores. *)
let honest = new_definition
 `honest (f:st->(access list # st) option) <=>
    !s acc t rd wr. f s = SOME (acc,t) /\ ALL (permitted rd wr) acc
                    ==> !b. ~(b IN wr) ==> memory t b = memory s b`;;

let WRITE_OUTSIDE = prove
 (`!k (v:N word) m a b wr.
     within a k wr /\ ~(b IN wr) ==> write_bytes k v m a b = m b`,
  REWRITE_TAC[within; write_bytes] THEN REPEAT STRIP_TAC THEN
  COND_CASES_TAC THEN REWRITE_TAC[] THEN
  FIRST_X_ASSUM(MP_TAC o SPEC `val (word_sub b a:int64)`) THEN
  ASM_REWRITE_TAC[WORD_VAL; WORD_RULE `word_add a (word_sub b a) = b`]);;

let ACCESSORS =
 [xsp; xzr; vreg; set_xsp; set_xzr; set_vreg; program_counter; jump; next;
  flags; set_flags; memory; set_memory; record_event];;

let HELPERS =
 [computes; goes; branches; load_pair; store_pair; get_x_pair; put_x_pair;
  get_q_pair; put_q_pair; LET_DEF; LET_END_DEF];;

let HONEST_TAC def =
  REWRITE_TAC[honest] THEN MATCH_MP_TAC st_INDUCT THEN REPEAT GEN_TAC THEN
  REWRITE_TAC[def] THEN REWRITE_TAC HELPERS THEN
  REPEAT(COND_CASES_TAC THEN
         ASM_REWRITE_TAC[distinctness "option"]) THEN
  REWRITE_TAC ACCESSORS THEN
  REWRITE_TAC[distinctness "option"; injectivity "option"; PAIR_EQ; IMP_CONJ] THEN
  REPEAT(DISCH_THEN(SUBST1_TAC o SYM)) THEN
  REWRITE_TAC[ALL; permitted; memory; write8; write64; write128] THEN
  ASM_MESON_TAC[WRITE_OUTSIDE];;

let FORM_DEFINITIONS =
 [add_imm; sub_imm; cmp_imm; and_imm; ands_imm; add_lsl; sub_reg; lsr_imm; movz;
  mov; cset_ne; eor_lsl; and_asr; bic; add_lsr; extr; branch; b_eq; b_ne; b_lo;
  cbz; cbnz; ret; paciasp; autiasp; ldp_x; stp_x; stp_x_pre; ldp_x_post; ldp_d;
  stp_d; ldp_q_post; stp_q_post; stp_q; ldr_q; str_q; ldr_q_post; str_q_post;
  ldrb; strb; aese; aesd; aesmc; aesimc; eor_v; movi_2d_zero; movi_4s; dup_4s;
  ext; ushr_4s; shl_4s; sli_4s];;

let HONEST_FORMS = map (fun def ->
  let vars,eq = strip_forall (concl def) in
  let form = rator (lhs eq) in
  prove(list_mk_forall(butlast vars,mk_comb(`honest`,form)),
        REPEAT GEN_TAC THEN HONEST_TAC def))
 (unknown :: FORM_DEFINITIONS);;

let HONEST_DECODE = prove
 (`!w. honest (decode w)`,
  GEN_TAC THEN REWRITE_TAC[decode] THEN
  REPEAT(COND_CASES_TAC THENL [REWRITE_TAC HONEST_FORMS; ALL_TAC]) THEN
  REWRITE_TAC HONEST_FORMS);;

let MEMORY_RECORD = prove
 (`!e s. memory (record_event e s) = memory s`,
  GEN_TAC THEN MATCH_MP_TAC st_INDUCT THEN REWRITE_TAC ACCESSORS);;

let STEP_FRAME = prove
 (`!base code rd wr s t.
     step base code rd wr s = SOME t
     ==> !b. ~(b IN wr) ==> memory t b = memory s b`,
  REPEAT GEN_TAC THEN REWRITE_TAC[step; LET_DEF; LET_END_DEF; BIND_EQ_SOME] THEN
  STRIP_TAC THEN POP_ASSUM MP_TAC THEN
  COND_CASES_TAC THEN REWRITE_TAC[distinctness "option"; injectivity "option"] THEN
  DISCH_THEN(SUBST1_TAC o SYM) THEN REWRITE_TAC[MEMORY_RECORD] THEN
  MP_TAC(REWRITE_RULE[honest] (SPEC `y:int32` HONEST_DECODE)) THEN
  ASM_MESON_TAC[PAIR]);;

(* Memory outside of wr does not change. *)
let REACHES_FRAME = prove
 (`!base code rd wr s t.
     reaches base code rd wr s t
     ==> !b. ~(b IN wr) ==> memory t b = memory s b`,
  REPLICATE_TAC 4 GEN_TAC THEN MATCH_MP_TAC REACHES_INDUCT THEN
  MESON_TAC[STEP_FRAME]);;
