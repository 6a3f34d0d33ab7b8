(* SPDX-License-Identifier: ISC *)
(* A group of eight blocks, and a loop over groups.

   group_ready k t sp s is what holds of a state at the head of each of these
   loops: registers hold the key, and the frame at sp what opens and closes the
   next eight blocks, whose tweaks are t and what follows it.

     GROUP code from    the group at an index of the code, to the branch at its
                        end *)

needs "arm_rules.ml";;

(* ------------------------------------------------------------------------- *)
(* What the instructions make of a block, p, whose tweak is t.               *)
(* ------------------------------------------------------------------------- *)

let encrypt_rounds = define
 `encrypt_rounds 0 (k:num->int128) x = mix_columns (sub_bytes (shift_rows x)) /\
  encrypt_rounds (SUC r) k x =
    mix_columns (sub_bytes (shift_rows
      (word_xor (encrypt_rounds r k x) (k (SUC r)))))`;;

let arm_encrypt = new_definition
 `arm_encrypt k t p =
    word_xor
      (sub_bytes (shift_rows
        (word_xor (encrypt_rounds 12 k (word_xor p (word_xor t (k 0))))
                  (k 13))))
      (word_xor t (k 14))`;;

let decrypt_rounds = define
 `decrypt_rounds 0 (k:num->int128) x =
    inv_mix_columns (inv_sub_bytes (inv_shift_rows x)) /\
  decrypt_rounds (SUC r) k x =
    inv_mix_columns (inv_sub_bytes (inv_shift_rows
      (word_xor (decrypt_rounds r k x) (k (SUC r)))))`;;

let arm_decrypt = new_definition
 `arm_decrypt k t p =
    word_xor
      (inv_sub_bytes (inv_shift_rows
        (word_xor (decrypt_rounds 12 k (word_xor p (word_xor t (k 0))))
                  (k 13))))
      (word_xor t (k 14))`;;

(* The tweak of block n of those that start with t. *)
let tweaks = define
 `tweaks 0 t = t /\
  tweaks (SUC n) t = double (tweaks n t)`;;

let TWEAKS_ADD = prove
 (`!m n t. tweaks m (tweaks n t) = tweaks (m + n) t`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[tweaks; ADD_CLAUSES]);;

(* ------------------------------------------------------------------------- *)
(* States by their registers.                                                *)
(* ------------------------------------------------------------------------- *)

(* 32 registers of each kind. *)
let whole = new_recursive_definition st_RECURSION
 `whole (St pc xs vs f m ev) <=> LENGTH xs = 32 /\ LENGTH vs = 32`;;

(* Registers of these numbers are the same in both states. *)
let keeps_x = new_definition
 `keeps_x l s t <=> ALL (\n. xsp n t = xsp n s) l`;;
let keeps_v = new_definition
 `keeps_v l s t <=> ALL (\n. vreg n t = vreg n s) l`;;

let LENGTH_SUC = prove
 (`!n l:A list. LENGTH l = SUC n <=> ?h t. l = CONS h t /\ LENGTH t = n`,
  GEN_TAC THEN LIST_INDUCT_TAC THEN
  REWRITE_TAC[LENGTH; NOT_SUC; SUC_INJ; CONS_11; NOT_CONS_NIL] THEN
  MESON_TAC[]);;

(* A list of 32 elements is a literal list of 32 variables. *)
let LITERAL_LIST l vars =
  let ty = type_of (hd vars) in
  let primed i = mk_var("h" ^ String.make i '\'',ty) in
  prove
   (mk_imp(mk_eq(mk_icomb(`LENGTH:A list->num`,l),`32`),
      list_mk_exists(vars,mk_eq(l,mk_list(vars,ty)))),
    CONV_TAC(LAND_CONV(RAND_CONV(TOP_DEPTH_CONV num_CONV))) THEN
    REWRITE_TAC[LENGTH_SUC; LENGTH_EQ_NIL] THEN STRIP_TAC THEN
    MAP_EVERY EXISTS_TAC (map primed (0--31)) THEN ASM_REWRITE_TAC[]);;

(* A whole state is one of 64 variables; what is true of these is of any. *)
let state_variables = [pc_var] @ xvars @ vvars @ [f_var; m_var; ev_var];;
let state_of_variables = mk_state(pc_var,xlist,vlist,f_var,m_var,ev_var);;

let WHOLE_CASES = prove
 (mk_imp(`whole s`,
    list_mk_exists(state_variables,mk_eq(`s:st`,state_of_variables))),
  STRUCT_CASES_TAC(SPEC `s:st` (cases "st")) THEN REWRITE_TAC[whole] THEN
  DISCH_THEN(CONJUNCTS_THEN2
    (STRIP_ASSUME_TAC o MATCH_MP (LITERAL_LIST `a1:int64 list` xvars))
    (STRIP_ASSUME_TAC o MATCH_MP (LITERAL_LIST `a2:int128 list` vvars))) THEN
  MAP_EVERY EXISTS_TAC
   ([`a0:int64`] @ xvars @ vvars @
    [`a3:flags`; `a4:int64->byte`; `a5:(int64 # int64 list) list`]) THEN
  ASM_REWRITE_TAC[]);;

let OF_ALL_STATES = prove
 (mk_imp(mk_conj(`!s. ~whole s ==> P s`,
    list_mk_forall(state_variables,mk_comb(`P:st->bool`,state_of_variables))),
    `!s:st. P s`),
  STRIP_TAC THEN X_GEN_TAC `s:st` THEN ASM_CASES_TAC `whole s` THENL
   [FIRST_X_ASSUM(STRIP_ASSUME_TAC o MATCH_MP WHOLE_CASES) THEN
    ASM_REWRITE_TAC[];
    ASM_SIMP_TAC[]]);;

(* ------------------------------------------------------------------------- *)
(* What holds at the head of a loop over groups.                             *)
(* ------------------------------------------------------------------------- *)

let group_ready = new_definition
 `group_ready (k:num->int128) t sp s <=>
    whole s /\
    xsp 31 s = sp /\ word_and sp (word 15) = word 0 /\
    xsp 9 s = low (tweaks 8 t) /\ xsp 10 s = high (tweaks 8 t) /\
    xsp 11 s = word 135 /\
    xsp 14 s = low (k 0) /\ xsp 15 s = high (k 0) /\
    xsp 16 s = low (k 14) /\ xsp 17 s = high (k 14) /\
    (!i. i < 13 ==> vreg (16 + i) s = k (1 + i)) /\
    (!j. j < 8 ==>
       read128 (memory s) (word_add sp (word (80 + 32 * j))) =
         word_xor (tweaks j t) (k 0) /\
       read128 (memory s) (word_add sp (word (96 + 32 * j))) =
         word_xor (tweaks j t) (k 14))`;;

let UNROLL th n =                       (* the clauses of a recursion, unrolled *)
  let c0,c1 = CONJ_PAIR th in
  let rec go i clauses =
    if i > n then clauses else
    let suc = num_CONV (mk_small_numeral i) in
    let lhs_th = PURE_REWRITE_RULE[GSYM suc] (SPEC_ALL
      (INST [mk_small_numeral (i - 1),`n:num`; mk_small_numeral (i - 1),`r:num`]
        (SPEC_ALL c1))) in
    go (i + 1) (PURE_REWRITE_RULE [hd clauses] lhs_th::clauses) in
  go 1 [SPEC_ALL c0];;

let TWEAKS_UNROLLED = map GEN_ALL (UNROLL tweaks 32);;

(* EL n of a literal list; the last few lists are known *)
let EL_LITERAL_CONV =
  let known = ref [xlist,EL_X; vlist,EL_V] in
  let elements l =
    try List.assq l !known with Not_found ->
    let elements = EL_THEOREMS l in
    let newest = if length !known < 8 then !known else butlast !known in
    known := (l,elements)::newest; elements in
  fun tm ->
    match tm with
      Comb(Comb(Const("EL",_),n),l) when is_numeral n && is_list l ->
        (elements l).(Num.int_of_num (dest_numeral n))
    | _ -> failwith "EL_LITERAL_CONV";;

let STATE_PREDICATES = ref [group_ready; whole; keeps_x; keeps_v; ALL];;

let REGISTERS_CONV tm =
 (REWRITE_CONV (!STATE_PREDICATES @ ACCESSORS) THENC
  DEPTH_CONV(fun tm -> EXPAND_CASES_CONV tm) THENC
  NUM_REDUCE_CONV THENC
  ONCE_DEPTH_CONV EL_LITERAL_CONV THENC
  REWRITE_CONV (LENGTH::ADD_CLAUSES::ARITH_SUC::ADD_ZERO::TWEAKS_UNROLLED) THENC
  NUM_REDUCE_CONV) tm;;

let READY_VARS =
  REGISTERS_CONV (vsubst [state_of_variables,`s:st`] `group_ready k t sp s`);;

(* What a run of the executor starts from: an index of a code, equations of some
   registers, which are variables otherwise, and facts about memory. *)
let pc_at k =
  let a = mk_comb(`word:num->int64`,mk_small_numeral (4 * k)) in
  list_mk_comb(`word_add:int64->int64->int64`,[base_var; a]);;
let address_at p c =
  if c = 0 then p else
  list_mk_comb(`word_add:int64->int64->int64`,
    [p; mk_comb(`word:num->int64`,mk_small_numeral c)]);;

let start_at code k equations facts =
  let values = map (fun e -> rand e,lhand e) equations in
  let registers vars =
    mk_list(map (fun v -> rev_assocd v values v) vars,type_of (hd vars)) in
  let start = mk_state(pc_at k,registers xvars,registers vvars,
                       f_var,m_var,ev_var) in
  { reach = SPECL [base_var; code.constant; rd_var; wr_var; start] REACHES_REFL;
    facts = facts };;

(* Facts are equations of what is read at addresses. *)
let read_tm m a = list_mk_comb(`read128`,[m; a]);;
let assumed_fact a v = a,ASSUME (mk_eq(read_tm m_var a,v));;
let assumed_facts = map (fun e -> assumed_fact (rand (lhs e)) (rand e));;

(* Input that is not known: what is read there is what is there. *)
let unknown_fact p c =
  let a = address_at p c in a,REFL (read_tm m_var a);;

let assumed p n s =
  ASSUME (list_mk_comb(`within`,[p; mk_small_numeral n; s]));;
let assumed_apart p c m q d n =
  ASSUME (list_mk_comb(`apart`,
    [address_at p c; mk_small_numeral m; address_at q d; mk_small_numeral n]));;

let block_unrolled def rounds =
  let all = UNROLL rounds 12 in
  GEN_ALL (SYM (PURE_REWRITE_RULE [GEN_ALL (hd all)] (SPEC_ALL def)));;

let block_var = `block:(num->int128)->int128->int128->int128`;;
let dst_tm = `dst:int64` and src_tm = `src:int64` and sp_tm = `sp:int64`;;
let keys_tm = `keys:int64`;;
let frame_slots = `word_add sp (word 80):int64`;;

let group_context code =
  { code = code;
    permission = permission_from
              [assumed `src:int64` 128 rd_var; assumed `sp:int64` 400 rd_var;
               assumed `dst:int64` 128 wr_var; assumed frame_slots 256 wr_var];
    aparts = [ASSUME `apart (dst:int64) 128 sp 400`;
              ASSUME `apart (src:int64) 128 sp 400`];
    aligned = ASSUME;
    decided = [];
    simplify = RULES_CONV };;

let ready_equations =
  let all = conjuncts (rand (concl READY_VARS)) in
  filter (fun e -> is_eq e && is_var (lhs e)) all;;
let ready_memory =
  filter (fun e -> is_eq e && is_read (lhs e))
         (conjuncts (rand (concl READY_VARS)));;

(* What is known of n blocks from a place on, in the end. *)
let blocks_known last p c n =
  if n = 0 then [] else
  map (fun j -> assoc (address_at p (c + 16 * j)) last.facts) (0--(n - 1));;
let blocks_out last block n =
  map (CONV_RULE (RAND_CONV (REWR_CONV block))) (blocks_known last dst_tm 0 n);;

(* Nothing else is written: with no more permission than for some ranges it runs
   as well, and REACHES_FRAME says the rest. *)
let frame_of reach writes =
  let range_of (a,k) = list_mk_comb(`range`,[a; mk_small_numeral k]) in
  let union = mk_binop `(UNION):(int64->bool)->(int64->bool)->int64->bool` in
  let exact = end_itlist union (map range_of writes) in
  let permit th (a,k) =
    let goal = list_mk_comb(`within`,[a; mk_small_numeral k; exact]) in
    PROVE_HYP (prove(goal,REWRITE_TAC[WITHIN_RANGE] THEN SET_TAC[])) th in
  let th = List.fold_left permit (INST [exact,wr_var] reach) writes in
  let [_; code; _; _; s; t] = snd (strip_comb (concl th)) in
  let th = MP (SPECL [base_var; code; rd_var; exact; s; t] REACHES_FRAME) th in
  let b,body = dest_forall (concl th) in
  GEN b (CONV_RULE (RAND_CONV (BINOP_CONV (RATOR_CONV (REWR_CONV memory))))
                   (SPEC b th));;

(* |- ?m' ev' ...: what was reached, which memory has not changed, and facts;
   with variables for memory, events and the registers of these numbers, where
   they have changed. *)
let hidden_result reach writes facts xs_hidden vs_hidden =
  let th = end_itlist CONJ (reach::frame_of reach writes::facts) in
  let parts = state_parts (rand (concl reach)) in
  let xs = dest_list (el 1 parts) and vs = dest_list (el 2 parts) in
  let hide th (name,tm) =
    let v = mk_var(name,type_of tm) in
    if is_var tm then th else
    EXISTS (mk_exists(v,subst [v,tm] (concl th)),tm) th in
  let named prefix l = map (fun i -> prefix ^ string_of_int i,el i l) in
  List.fold_left hide th
    ([("m'",el 4 parts); ("ev'",el 5 parts)] @ named "y" xs xs_hidden @
     named "w" vs vs_hidden);;

(* The group at index from of the code, by the executor: from registers as
   group_ready has them. *)
let group_result code from block =
  let last = RUN (group_context code) []
    (start_at code from ([`x0:int64 = dst`; `x1:int64 = src`] @ ready_equations)
      (assumed_facts ready_memory @
       map (fun j -> unknown_fact src_tm (16 * j)) (0--7))) in
  hidden_result last.reach [dst_tm,128; frame_slots,256]
    (blocks_out last block 8 @ blocks_known last sp_tm 80 16)
    [12; 13] (0--15);;

(* ------------------------------------------------------------------------- *)
(* The same, of states by their registers.                                   *)
(* ------------------------------------------------------------------------- *)

let group_keeps_x = `[2; 3; 4; 5; 6; 8; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27;
                      28; 29; 30]`;;
let group_goal =
 `group_ready k t sp s /\ program_counter s = at_from /\
   xsp 0 s = dst /\ xsp 1 s = src /\
   within src 128 rd /\ within sp 400 rd /\
   within dst 128 wr /\ within (word_add sp (word 80)) 256 wr /\
   apart dst 128 sp 400 /\ apart src 128 sp 400
   ==> ?s'. reaches base code rd wr s s' /\
            group_ready k (tweaks 8 t) sp s' /\
            program_counter s' =
              (if ~(word_sub (xsp 7 s) (word 1) = word 0)
               then at_from else at_after) /\
            xsp 0 s' = word_add dst (word 128) /\
            xsp 1 s' = word_add src (word 128) /\
            xsp 7 s' = word_sub (xsp 7 s) (word 1) /\
            keeps_x kept s s' /\ keeps_v [29; 30; 31] s s' /\
            (!j. j < 8
                 ==> read128 (memory s') (word_add dst (word (16 * j))) =
                     block k (tweaks j t)
                       (read128 (memory s) (word_add src (word (16 * j))))) /\
            (!b. ~(b IN range dst 128 UNION range (word_add sp (word 80)) 256)
                 ==> memory s' b = memory s b)`;;

let REACHED_STATE_TAC (asl,w) =
  let reached = find (fun t -> match t with
      Comb(Comb(Comb(Comb(Comb(Comb(Const("reaches",_),_),_),_),_),_),_) -> true
    | _ -> false) (map (concl o snd) asl) in
  EXISTS_TAC (rand reached) (asl,w);;

(* A statement about all states, from a result about one of variables. *)
let FROM_RESULT variables goal result =
  let s = `s:st` in
  let p = mk_abs(s,goal) in
  let others = prove(mk_forall(s,mk_imp(`~whole s`,mk_comb(p,s))),
    GEN_TAC THEN DISCH_TAC THEN BETA_TAC THEN
    ASM_REWRITE_TAC(!STATE_PREDICATES)) in
  let of_variables = prove(vsubst [state_of_variables,s] goal,
    CONV_TAC(LAND_CONV REGISTERS_CONV) THEN
    DISCH_THEN(MAP_EVERY (fun th ->
      if is_eq (concl th) && is_var (lhs (concl th))
      then SUBST1_TAC th else ASSUME_TAC th) o CONJUNCTS) THEN
    MP_TAC result THEN STRIP_TAC THEN REACHED_STATE_TAC THEN
    CONV_TAC REGISTERS_CONV THEN ASM_REWRITE_TAC[]) in
  let th = EQ_MP (SYM (BETA_CONV (mk_comb(p,state_of_variables)))) of_variables in
  let all = MP (INST [p,`P:st->bool`] OF_ALL_STATES)
    (CONJ others (GENL state_variables th)) in
  GENL variables (CONV_RULE BETA_CONV (SPEC s all));;

let GROUP code from after block_const block =
  let goal = subst [code.constant,code_var; pc_at from,`at_from:int64`;
    pc_at after,`at_after:int64`; group_keeps_x,`kept:num list`;
    block_const,block_var] group_goal in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; `t:int128`;
               sp_tm; dst_tm; src_tm] goal (group_result code from block);;
