(* SPDX-License-Identifier: ISC *)
(* A program with branch protection and one without have the same functions, but
   for hints: what lies between the first instruction and the last is the same
   list of words.  So each theorem is proved once, of these words, its body, from
   whatever address they lie at; LIFTED says what a function of either build does
   that has the body in it. *)

needs "arm_code.ml";;
needs "arm_group.ml";;

let FETCH_EMBED = prove
 (`!base pre body post pc w.
     4 * (LENGTH pre + LENGTH body) < 2 EXP 64 /\
     fetch (word_add base (word (4 * LENGTH pre))) body pc = SOME w
     ==> fetch base (APPEND pre (APPEND body post)) pc = SOME w`,
  REPEAT GEN_TAC THEN REWRITE_TAC[fetch; LET_DEF; LET_END_DEF] THEN
  ABBREV_TAC `k = val (word_sub (pc:int64)
    (word_add base (word (4 * LENGTH (pre:int32 list)))))` THEN
  SUBGOAL_THEN `pc:int64 =
    word_add (word_add base (word (4 * LENGTH (pre:int32 list)))) (word k)`
    SUBST1_TAC THENL
   [EXPAND_TAC "k" THEN REWRITE_TAC[WORD_VAL] THEN CONV_TAC WORD_RULE;
    ALL_TAC] THEN
  REWRITE_TAC[WORD_RULE `word_sub (word_add (word_add a b) c) a =
                         word_add b c`; GSYM WORD_ADD; VAL_WORD; DIMINDEX_64] THEN
  STRIP_TAC THEN POP_ASSUM MP_TAC THEN
  COND_CASES_TAC THEN REWRITE_TAC[distinctness "option"; injectivity "option"] THEN
  FIRST_X_ASSUM(CONJUNCTS_THEN2 ASSUME_TAC ASSUME_TAC) THEN
  SUBGOAL_THEN `(4 * LENGTH (pre:int32 list) + k) MOD 2 EXP 64 =
                4 * (k DIV 4 + LENGTH pre)` SUBST1_TAC THENL
   [MP_TAC(SPECL [`k:num`; `4`] DIVISION) THEN ASM_REWRITE_TAC[ARITH_EQ] THEN
    STRIP_TAC THEN
    SUBGOAL_THEN `4 * LENGTH (pre:int32 list) + k < 2 EXP 64` ASSUME_TAC THENL
     [ASM_ARITH_TAC; ASM_SIMP_TAC[MOD_LT] THEN ASM_ARITH_TAC]; ALL_TAC] THEN
  SIMP_TAC[DIV_MULT; MOD_MULT; ARITH_EQ; LENGTH_APPEND] THEN
  ASM_SIMP_TAC[EL_APPEND; ARITH_RULE `~(a + b < b:num) /\ (a + b) - b = a`;
    ARITH_RULE `a < n ==> a + m < m + n + p:num`]);;

let REACHES_EMBED = prove
 (`!base pre body post rd wr.
     4 * (LENGTH pre + LENGTH body) < 2 EXP 64
     ==> !s t. reaches (word_add base (word (4 * LENGTH pre))) body rd wr s t
               ==> reaches base (APPEND pre (APPEND body post)) rd wr s t`,
  REPEAT GEN_TAC THEN DISCH_TAC THEN MATCH_MP_TAC REACHES_INDUCT THEN
  REWRITE_TAC[REACHES_REFL] THEN REPEAT STRIP_TAC THEN
  MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] REACHES_STEP) THEN
  EXISTS_TAC `t:st` THEN ASM_REWRITE_TAC[] THEN POP_ASSUM MP_TAC THEN
  REWRITE_TAC[step; LET_DEF; LET_END_DEF; BIND_EQ_SOME] THEN
  ASM_MESON_TAC[FETCH_EMBED]);;

(* All that an instruction can see, but for the program counter. *)
let same = new_definition
 `same s t <=> (!n. xsp n t = xsp n s) /\ (!n. vreg n t = vreg n s) /\
               memory t = memory s /\ (whole t <=> whole s)`;;

let SAME_TRANS = prove
 (`(!s t u. same s t /\ same t u ==> same s u) /\
   (!s t n. same s t ==> xsp n t = xsp n s)`,
  SIMP_TAC[same]);;

(* |- the step at an index of a code, which is a hint or ret, of any state *)
let END_STEP code k =
  let form = rand (concl code.decoded.(k)) in
  let goes_to = if form = `ret` then `xsp 30 s` else pc_at (k + 1) in
  let fetched = code.fetched k in
  let pc = rand (lhs (concl fetched)) in
  prove(list_mk_forall([base_var; rd_var; wr_var; `s:st`],
     subst [code.constant,code_var; pc,pc_var; goes_to,`there:int64`]
      `program_counter s = pc
       ==> ?t. reaches base code rd wr s t /\ program_counter t = there /\
               same s t /\ events t = CONS (pc,[]) (events s)`),
    REPEAT GEN_TAC THEN STRUCT_CASES_TAC(SPEC `s:st` (cases "st")) THEN
    REWRITE_TAC[program_counter] THEN DISCH_THEN SUBST1_TAC THEN
    W(fun (_,w) ->
      let s = find_term (fun t -> type_of t = `:st` && not (is_var t)) w in
      let goal = list_mk_comb(`step`,
        [base_var; code.constant; rd_var; wr_var; s]) in
      let th = (REWR_CONV step THENC
        REWRITE_CONV [program_counter; LET_DEF; LET_END_DEF; bind;
          fetched; code.decoded.(k); ret; paciasp; autiasp; goes;
          computes; xzr; jump; next; ALL; MAP; record_event; ARITH_EQ] THENC
        NUM_REDUCE_CONV THENC REWRITE_CONV []) goal in
      EXISTS_TAC (rand (rand (concl th))) THEN
      MP_TAC(MATCH_MP REACHES_STEP (ISPECL
        [base_var; code.constant; rd_var; wr_var; s] REACHES_REFL)) THEN
      DISCH_THEN(fun step -> MP_TAC(MATCH_MP step th))) THEN
    SIMP_TAC[same; program_counter; xsp; vreg; memory; whole; events;
             WORD_ADD_ASSOC_NUM] THEN
    CONV_TAC NUM_REDUCE_CONV);;

let append_nil,append_cons = CONJ_PAIR (INST_TYPE [`:int32`,`:A`] APPEND);;
let append_nil = SPEC_ALL append_nil and append_cons = SPEC_ALL append_cons;;

(* APPEND of literal lists, by instances: a match would compare whole lists. *)
let rec LITERAL_APPEND_CONV tm =
  let first = lhand tm and l = rand tm in
  if not (is_cons first) then INST [l,`l:int32 list`] append_nil else
  let h,t = dest_cons first in
  let th = INST [h,`h:int32`; t,`t:int32 list`; l,`l:int32 list`] append_cons in
  TRANS th (RAND_CONV LITERAL_APPEND_CONV (rand (concl th)));;

(* What code has before a body and after it, as numbers of instructions. *)
let hints_around code body =
  let first = if rand (concl code.decoded.(0)) = `paciasp` then 1 else 0 in
  first,Array.length code.decoded - Array.length body.decoded - first;;

(* |- code = APPEND pre (APPEND body post) *)
let PARTS_OF code body =
  let before,after = hints_around code body in
  let words = dest_list (rand (concl code.defined)) in
  let pre,rest = chop_list before words in
  let post = snd (chop_list (Array.length body.decoded) rest) in
  let literal l = mk_list (l,`:int32`) in
  let append = mk_binop `APPEND:int32 list->int32 list->int32 list` in
  let parts = append (literal pre) (append body.constant (literal post)) in
  let th = (RAND_CONV (LAND_CONV (K body.defined) THENC LITERAL_APPEND_CONV)
            THENC LITERAL_APPEND_CONV) parts in
  TRANS code.defined (SYM th);;

let EMBED code body =
  let parts = PARTS_OF code body in
  let pre = lhand (rand (concl parts)) and post = rand (rand (rand (concl parts))) in
  let length = REWRITE_CONV [LENGTH] THENC DEPTH_CONV NUM_SUC_CONV in
  let th = SPECL [base_var; pre; body.constant; post; rd_var; wr_var]
    REACHES_EMBED in
  let th = CONV_RULE NUM_REDUCE_CONV
    (REWRITE_RULE [body.length; LENGTH; SYM parts] th) in
  GENL [base_var; rd_var; wr_var] th;;

let lifted_goal =
 `program_counter s = base
  ==> ?s0. program_counter s0 = word_add base (word first) /\ same s s0 /\
           events s0 = APPEND before (events s) /\
           !u. reaches (word_add base (word first)) body rd wr s0 u /\
               program_counter u =
                 word_add (word_add base (word first)) (word size)
               ==> ?v. reaches base code rd wr s v /\
                       program_counter v = xsp 30 u /\ same u v /\
                       events v = APPEND after (events u)`;;

(* The events of hints and returns at these indices. *)
let hint_events indices = mk_list
  (map (fun k -> let pc = if k = 0 then base_var else pc_at k in
                 mk_pair (pc,`[]:int64 list`)) indices,
   `:int64 # int64 list`);;

let DROP_EVENTS_TAC = REPEAT(FIRST_X_ASSUM(K ALL_TAC o check
  (can (find_term ((=) `events`)) o concl)));;

let LIFTED code body =
  let embed = EMBED code body in
  let before,after = hints_around code body in
  let n = Array.length body.decoded in
  let ends = map (fun i -> before + n + i) (0--(after - 1)) in
  let goal = subst [code.constant,code_var; body.constant,`body:int32 list`;
    hint_events (if before = 0 then [] else [0]),
      `before:(int64 # int64 list) list`;
    hint_events (rev ends),`after:(int64 # int64 list) list`;
    mk_small_numeral (4 * before),`first:num`; mk_small_numeral (4 * n),`size:num`]
    lifted_goal in
  let enter =
    if before = 0 then
      EXISTS_TAC `s:st` THEN
      ASM_REWRITE_TAC[ADD_ZERO; REACHES_REFL; same; APPEND]
    else
      MP_TAC(SPECL [base_var; rd_var; wr_var; `s:st`] (END_STEP code 0)) THEN
      ASM_REWRITE_TAC[ADD_ZERO] THEN
      DISCH_THEN(X_CHOOSE_THEN `s0:st` STRIP_ASSUME_TAC) THEN
      EXISTS_TAC `s0:st` THEN ASM_REWRITE_TAC[APPEND] in
  let last k = mk_var("end" ^ string_of_int k,`:st`) in
  let passes k =
    MP_TAC(SPECL [base_var; rd_var; wr_var] (END_STEP code k)) THEN
    DISCH_THEN(fun th -> FIRST_ASSUM(MP_TAC o MATCH_MP th)) THEN
    DISCH_THEN(X_CHOOSE_THEN (last k) STRIP_ASSUME_TAC) in
  prove(list_mk_forall([base_var; rd_var; wr_var; `s:st`],goal),
    REPEAT GEN_TAC THEN DISCH_TAC THEN
    SUBGOAL_THEN (subst [code.constant,code_var;
      mk_small_numeral (4 * before),`first:num`;
      hint_events (if before = 0 then [] else [0]),
        `before:(int64 # int64 list) list`]
      `?s0. reaches base code rd wr s s0 /\
            program_counter s0 = word_add base (word first) /\ same s s0 /\
            events s0 = APPEND before (events s)`)
      (X_CHOOSE_THEN `s0:st` STRIP_ASSUME_TAC) THENL [enter; ALL_TAC] THEN
    EXISTS_TAC `s0:st` THEN ASM_REWRITE_TAC[] THEN
    X_GEN_TAC `u:st` THEN STRIP_TAC THEN
    FIRST_X_ASSUM(ASSUME_TAC o MATCH_MP embed) THEN
    RULE_ASSUM_TAC(CONV_RULE NUM_REDUCE_CONV o REWRITE_RULE[WORD_ADD_ASSOC_NUM]) THEN
    EVERY (map passes ends) THEN EXISTS_TAC (last (hd (rev ends))) THEN
    REWRITE_TAC[CONJ_ASSOC] THEN CONJ_TAC THENL
     [DROP_EVENTS_TAC THEN ASM_MESON_TAC[REACHES_TRANS; SAME_TRANS];
      ASM_REWRITE_TAC[APPEND]]);;

(* Where a function's body ends: at its last hint and return, if it has them. *)
let body_end code =
  let ends k = mem (rand (concl code.decoded.(k))) [`autiasp`; `ret`] in
  let n = Array.length code.decoded in
  hd (filter ends (0--(n - 1)) @ [n]);;

(* What a specification, such as expands, says of a function but for its events,
   which come last. *)
let untimed tm =
  let _,says = dest_exists tm in
  let vars,implies = strip_forall says in
  let pre,ends = dest_imp implies in
  let after,post = dest_exists ends in
  list_mk_forall(vars,mk_imp(pre,
    mk_exists(after,list_mk_conj (butlast (conjuncts post)))));;

(* That is what it says of the function's body, but that this ends where the body
   does. *)
let said_of_body code tm =
  let returns = `program_counter s' = xsp 30 s`
  and ends = mk_eq(`program_counter s'`,pc_at (body_end code)) in
  let rec replaced tm =
    if tm = returns then ends else
    match tm with
      Comb(f,x) -> mk_comb(replaced f,replaced x)
    | Abs(v,t) -> mk_abs(v,replaced t)
    | _ -> tm in
  replaced (untimed tm);;

(* And all of it of a function, where that is proved of the body, with its events
   (arm_time.ml). *)
let LIFT says lifted body_th =
  let trace,all = dest_exists (rand (concl says)) in
  let variables,goal = strip_forall all in
  let equal name =
    rand (find_term (fun tm -> is_eq tm && lhs tm = name) (concl lifted)) in
  let start = equal `program_counter s0` in
  let there = map (vsubst [`s0:st`,`s:st`; start,base_var]) variables in
  let args = snd (strip_comb (find_term (fun tm ->
    not (can dest_fun_ty (type_of tm)) && fst (strip_comb tm) = trace) goal)) in
  let append = mk_binop `APPEND:(int64 # int64 list) list->(int64 # int64 list)
                           list->(int64 # int64 list) list` in
  let whole_trace = list_mk_abs(args,
    append (lhand (equal `events v`))
      (append (list_mk_comb(trace,map (vsubst [start,base_var]) args))
              (lhand (equal `events s0`)))) in
  EQ_MP (SYM says) (prove(rand (concl says),
    X_CHOOSE_THEN trace (fun body_th ->
      EXISTS_TAC whole_trace THEN REPEAT GEN_TAC THEN STRIP_TAC THEN
      MP_TAC(SPECL [base_var; rd_var; wr_var; `s:st`] lifted) THEN
      ASM_REWRITE_TAC[same] THEN
      DISCH_THEN(X_CHOOSE_THEN `s0:st` STRIP_ASSUME_TAC) THEN
      MP_TAC(SPECL there body_th) THEN
      ANTS_TAC THENL [ASM_REWRITE_TAC[]; ALL_TAC] THEN
      ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
      DISCH_THEN(X_CHOOSE_THEN `t:st` STRIP_ASSUME_TAC) THEN
      FIRST_X_ASSUM(MP_TAC o SPEC `t:st` o check (fun th ->
        is_forall (concl th) &&
        type_of (fst (dest_forall (concl th))) = `:st`)) THEN
      ASM_REWRITE_TAC[] THEN
      DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
      EXISTS_TAC `v:st` THEN
      ASM_REWRITE_TAC[keeps_x; keeps_v; ALL; GSYM APPEND_ASSOC]) body_th));;
