(* SPDX-License-Identifier: ISC *)
(* Ciphertext stealing: from the test of the tail to where all is wiped.

   The last whole block is encrypted or decrypted to its place in the output (LEND);
   its first bytes go behind it, and the tail's bytes of the input in their place,
   one by one from the last to the first (SWAP_LOOP); what is there then is
   encrypted or decrypted, with another tweak (COMPLETE).  The input may be the
   output, or apart from it. *)

needs "arm_whole.ml";;

let steal_loop code =
  let is_loop = function
      Comb(Comb(Const("cbnz",_),t),_) -> t = `3`
    | _ -> false in
  let k = hd (indices code is_loop) in
  target code k,k + 1;;

let wipe_head code = target code (tail_test code);;

let out_tm = `out:int64` and slot_tm = `slot:int64`;;
let key_registers =
  map (fun i -> mk_eq(el (16 + i) vvars,mk_comb(`k:num->int128`,
    mk_small_numeral (1 + i)))) (0--12);;

(* ------------------------------------------------------------------------- *)
(* A block, with the slot at an offset from slot.                            *)
(* ------------------------------------------------------------------------- *)

let block_goal =
 `whole s /\ program_counter s = at_from /\ tail_test /\
  xsp 0 s = out /\ xsp 1 s = a /\ xsp 8 s = slot /\
  (!i. i < 13 ==> vreg (16 + i) s = k (1 + i)) /\
  read128 (memory s) opening = word_xor t (k 0) /\
  read128 (memory s) closing = word_xor t (k 14) /\
  within source 16 rd /\ within slot 64 rd /\ within out 16 wr
  ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
           program_counter s' = at_end /\
           keeps_x [0; 1; 2; 3; 4; 7; 8; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27;
                    28; 29; 30; 31] s s' /\
           xsp 5 s' = fifth /\ xsp 6 s' = sixth /\
           keeps_v [16; 17; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 31]
             s s' /\
           read128 (memory s') out =
             block k t (read128 (memory s) source) /\
           (!b. ~(b IN range out 16) ==> memory s' b = memory s b)`;;

let CRYPT_BLOCK code const block from stop at source (tail,fifth,sixth) =
  let opening = address_at slot_tm at and closing = address_at slot_tm (at + 16) in
  let context =
    { code = code;
      permission = permission_from
        [assumed source 16 rd_var; assumed slot_tm 64 rd_var;
         assumed out_tm 16 wr_var];
      aparts = []; aligned = ASSUME;
      decided = map (ASSUME o subst [`x3:int64`,`xsp 3 s`]) (filter is_neg [tail]);
      simplify = RULES_CONV } in
  let last = RUN context [stop]
    (start_at code from
      ([`x0:int64 = out`; `x1:int64 = a`; `x8:int64 = slot`] @ key_registers)
      [assumed_fact opening `word_xor t ((k:num->int128) 0)`;
       assumed_fact closing `word_xor t ((k:num->int128) 14)`]) in
  let out = CONV_RULE (RAND_CONV (REWR_CONV block)) (assoc out_tm last.facts) in
  let goal = subst [code.constant,code_var; pc_at from,`at_from:int64`;
    pc_at stop,`at_end:int64`; opening,`opening:int64`; closing,`closing:int64`;
    source,`source:int64`; tail,`tail_test:bool`;
    fifth,`fifth:int64`; sixth,`sixth:int64`;
    const,block_var] block_goal in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; `t:int128`;
               out_tm; `a:int64`; slot_tm] goal
    (hidden_result last.reach [out_tm,16] [out] [] [0; 8]);;

let LEND code const block at =
  CRYPT_BLOCK code const block (tail_test code) (fst (steal_loop code)) at `a:int64`
   (`~(xsp 3 s = word 0)`,`word_add a (word 16):int64`,
    `word_add out (word 16):int64`);;

let COMPLETE code const block at =
  CRYPT_BLOCK code const block (snd (steal_loop code)) (wipe_head code) at out_tm
   (`T`,`xsp 5 s`,`xsp 6 s`);;

(* ------------------------------------------------------------------------- *)
(* The bytes.                                                                *)
(* ------------------------------------------------------------------------- *)

let BYTE_ZX = prove
 (`!b:byte. word_zx (word_zx b : int64) : byte = b`,
  GEN_TAC THEN REWRITE_TAC[WORD_EQ_BITS_ALT; DIMINDEX_8] THEN
  CONV_TAC EXPAND_CASES_CONV THEN
  REWRITE_TAC[BIT_WORD_ZX; DIMINDEX_8; DIMINDEX_64] THEN
  CONV_TAC NUM_REDUCE_CONV);;

let WORD_SUC_SUB = WORD_RULE `word_sub (word (n + 1)) (word 1) : int64 = word n`;;

let swap_kept = `[0; 1; 2; 4; 5; 6; 7; 8; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27;
                  28; 29; 30; 31]`;;
let swap_kept_v = `[16; 17; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 31]`;;

let swap_goal =
 `whole s /\ program_counter s = at_head /\
  xsp 0 s = out /\ xsp 3 s = word (n + 1) /\ xsp 5 s = tin /\ xsp 6 s = tout /\
  within (word_add tin (word n)) 1 rd /\ within (word_add out (word n)) 1 rd /\
  within (word_add out (word n)) 1 wr /\ within (word_add tout (word n)) 1 wr
  ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
           program_counter s' =
             (if ~(word n : int64 = word 0) then at_head else at_after) /\
           xsp 3 s' = word n /\ keeps_x kept s s' /\ keeps_v kept_v s s' /\
           memory s' =
             write8 (memory s (word_add out (word n)))
               (write8 (memory s (word_add tin (word n))) (memory s)
                 (word_add out (word n)))
               (word_add tout (word n))`;;

let SWAP code =
  let head,after = steal_loop code in
  let reach = run_piece code head (after - 1) in
  let reach = INST [`word (n + 1):int64`,`x3:int64`; out_tm,`x0:int64`;
    `tin:int64`,`x5:int64`; `tout:int64`,`x6:int64`] reach in
  let reach = UNDISCH_ALL
    (REWRITE_RULE [WORD_SUC_SUB; BYTE_ZX; read8] (DISCH_ALL reach)) in
  let goal = subst [code.constant,code_var; pc_at head,`at_head:int64`;
    pc_at after,`at_after:int64`; swap_kept,`kept:num list`;
    swap_kept_v,`kept_v:num list`] swap_goal in
  FROM_RESULT [`s:st`; base_var; rd_var; wr_var; out_tm; `tin:int64`; `tout:int64`;
               `n:num`] goal reach;;

let WRITE8_AT = prove
 (`!v m a b. write8 v m a b = if b = a then v else m b`,
  REPEAT GEN_TAC THEN COND_CASES_TAC THENL
   [ASM_REWRITE_TAC[write8] THEN
    MP_TAC(ISPECL [`1`; `v:byte`; `m:int64->byte`; `a:int64`; `0`] WRITE_AT) THEN
    REWRITE_TAC[WORD_ADD_0; ARITH_RULE `0 < 1 /\ 1 <= 2 EXP 64`; MULT_CLAUSES] THEN
    DISCH_THEN SUBST1_TAC THEN
    REWRITE_TAC[WORD_EQ_BITS_ALT; BIT_WORD_SUBWORD; DIMINDEX_8] THEN
    REPEAT STRIP_TAC THEN ASM_REWRITE_TAC[ADD_CLAUSES; ARITH_RULE `MIN 8 8 = 8`];
    REWRITE_TAC[write8] THEN MATCH_MP_TAC WRITE_APART THEN
    REWRITE_TAC[ARITH_RULE `j < 1 <=> j = 0`] THEN
    ASM_SIMP_TAC[WORD_ADD_0]]);;

let OFFSET_EQ = prove
 (`!p:int64 i j. i < 16 /\ j < 16
                 ==> (word_add p (word i) = word_add p (word j) <=> i = j)`,
  REPEAT STRIP_TAC THEN
  REWRITE_TAC[WORD_RULE `word_add p (x:int64) = word_add p y <=> x = y`] THEN
  REWRITE_TAC[WORD_EQ; CONG; DIMINDEX_64] THEN
  ASM_SIMP_TAC[MOD_LT; ARITH_RULE `i < 16 ==> i < 2 EXP 64`]);;

(* n bytes from the last to the first. *)
let SWAP_LOOP = prove
 (`!code base rd wr at_head at_after out tin tout l l'.
   (!s n.
      whole s /\ program_counter s = at_head /\
      xsp 0 s = out /\ xsp 3 s = word (n + 1) /\ xsp 5 s = tin /\ xsp 6 s = tout /\
      within (word_add tin (word n)) 1 rd /\ within (word_add out (word n)) 1 rd /\
      within (word_add out (word n)) 1 wr /\ within (word_add tout (word n)) 1 wr
      ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
               program_counter s' =
                 (if ~(word n : int64 = word 0) then at_head else at_after) /\
               xsp 3 s' = word n /\ keeps_x l s s' /\ keeps_v l' s s' /\
               xsp 0 s' = xsp 0 s /\ xsp 5 s' = xsp 5 s /\ xsp 6 s' = xsp 6 s /\
               memory s' =
                 write8 (memory s (word_add out (word n)))
                   (write8 (memory s (word_add tin (word n))) (memory s)
                     (word_add out (word n)))
                   (word_add tout (word n)))
   ==> !n s. n < 15 /\
      whole s /\ program_counter s = at_head /\
      xsp 0 s = out /\ xsp 3 s = word (n + 1) /\ xsp 5 s = tin /\ xsp 6 s = tout /\
      within tin (n + 1) rd /\ within out (n + 1) rd /\
      within out (n + 1) wr /\ within tout (n + 1) wr /\
      apart tin (n + 1) out (n + 1) /\ apart out (n + 1) tout (n + 1) /\
      in_place_or_apart tin tout (n + 1)
      ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
               program_counter s' = at_after /\ xsp 3 s' = word 0 /\
               keeps_x l s s' /\ keeps_v l' s s' /\
               (!i. i < n + 1
                    ==> memory s' (word_add out (word i)) =
                          memory s (word_add tin (word i)) /\
                        memory s' (word_add tout (word i)) =
                          memory s (word_add out (word i))) /\
               (!b. ~(b IN range out (n + 1) UNION range tout (n + 1))
                    ==> memory s' b = memory s b)`,
  REPEAT GEN_TAC THEN DISCH_THEN(LABEL_TAC "swap") THEN INDUCT_TAC THEN
  REPEAT GEN_TAC THEN STRIP_TAC THENL
   [REMOVE_THEN "swap" (MP_TAC o SPECL [`s:st`; `0`]) THEN
    RULE_ASSUM_TAC(REWRITE_RULE[ADD_CLAUSES]) THEN
    ASM_REWRITE_TAC[ADD_CLAUSES; WORD_ADD_0] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `u:st` THEN
    ASM_REWRITE_TAC[IN_UNION; IN_RANGE; ARITH_RULE `i < 1 <=> i = 0`] THEN
    UNDISCH_TAC `apart out 1 tout 1` THEN
    REWRITE_TAC[apart; ARITH_RULE `i < 1 <=> i = 0`] THEN
    DISCH_THEN(MP_TAC o SPECL [`0`; `0`]) THEN REWRITE_TAC[WORD_ADD_0] THEN
    DISCH_TAC THEN CONJ_TAC THENL
     [GEN_TAC THEN DISCH_THEN SUBST1_TAC THEN
      ASM_REWRITE_TAC[WORD_ADD_0; WRITE8_AT];
      GEN_TAC THEN REWRITE_TAC[DE_MORGAN_THM; NOT_EXISTS_THM] THEN
      DISCH_THEN(CONJUNCTS_THEN(MP_TAC o SPEC `0`)) THEN
      SIMP_TAC[WORD_ADD_0; WRITE8_AT]];
    ALL_TAC] THEN
  REMOVE_THEN "swap" (MP_TAC o SPECL [`s:st`; `SUC n`]) THEN
  RULE_ASSUM_TAC(REWRITE_RULE[ARITH_RULE `SUC n + 1 = n + 2`]) THEN
  ASM_REWRITE_TAC[ARITH_RULE `SUC n + 1 = n + 2`] THEN
  ANTS_TAC THENL
   [REPEAT CONJ_TAC THEN MATCH_MP_TAC WITHIN_PART THEN
    EXISTS_TAC `n + 2` THEN ASM_REWRITE_TAC[] THEN ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `~(word (SUC n) : int64 = word 0)` (fun th -> REWRITE_TAC[th]) THENL
   [SUBGOAL_THEN `SUC n < 2 EXP 64` (fun th -> REWRITE_TAC
      [MATCH_MP SMALL_ZERO th; NOT_SUC]) THEN ASM_ARITH_TAC; ALL_TAC] THEN
  DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
  FIRST_X_ASSUM(MP_TAC o SPEC `u:st` o check (is_forall o concl)) THEN
  ANTS_TAC THENL
   [ASM_REWRITE_TAC[ADD1] THEN REPEAT CONJ_TAC THENL
     [ASM_ARITH_TAC;
      MATCH_MP_TAC WITHIN_PREFIX;
      MATCH_MP_TAC WITHIN_PREFIX;
      MATCH_MP_TAC WITHIN_PREFIX;
      MATCH_MP_TAC WITHIN_PREFIX;
      UNDISCH_TAC `apart tin (n + 2) out (n + 2)` THEN REWRITE_TAC[apart] THEN
      MESON_TAC[ARITH_RULE `i < n + 1 ==> i < n + 2`];
      UNDISCH_TAC `apart out (n + 2) tout (n + 2)` THEN REWRITE_TAC[apart] THEN
      MESON_TAC[ARITH_RULE `i < n + 1 ==> i < n + 2`];
      MATCH_MP_TAC IN_PLACE_PREFIX] THEN
    EXISTS_TAC `n + 2` THEN ASM_REWRITE_TAC[] THEN ARITH_TAC; ALL_TAC] THEN
  DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
  EXISTS_TAC `v:st` THEN ASM_REWRITE_TAC[] THEN
  CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
  CONJ_TAC THENL [ASM_MESON_TAC[KEEPS_TRANS]; ALL_TAC] THEN
  CONJ_TAC THENL [ASM_MESON_TAC[KEEPS_TRANS]; ALL_TAC] THEN
  SUBGOAL_THEN `!i. i < n + 2 ==> i < 16` ASSUME_TAC THENL
   [ASM_ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN
   `(!i j. i < n + 2 /\ j < n + 2
           ==> ~(word_add tin (word i) = word_add out (word j) : int64) /\
               ~(word_add out (word i) = word_add tin (word j) : int64) /\
               ~(word_add out (word i) = word_add tout (word j) : int64) /\
               ~(word_add tout (word i) = word_add out (word j) : int64) /\
               (word_add out (word i) = word_add out (word j) <=> i = j) /\
               (word_add tout (word i) = word_add tout (word j) <=> i = j)) /\
    (!i. i < n + 1
         ==> ~(word_add tin (word i) = word_add tout (word (SUC n)) : int64))`
    STRIP_ASSUME_TAC THENL
   [RULE_ASSUM_TAC(REWRITE_RULE[apart; in_place_or_apart]) THEN CONJ_TAC THENL
     [ASM_MESON_TAC[OFFSET_EQ]; ALL_TAC] THEN
    REPEAT STRIP_TAC THEN
    FIRST_X_ASSUM(DISJ_CASES_THEN MP_TAC o check (is_disj o concl)) THENL
     [DISCH_THEN SUBST_ALL_TAC THEN
      FIRST_X_ASSUM(MP_TAC o check (fun th -> is_eq (concl th) &&
        can (find_term ((=) `SUC n`)) (concl th) &&
        can (find_term ((=) `i:num`)) (concl th))) THEN
      MP_TAC(SPECL [`tout:int64`; `i:num`; `SUC n`] OFFSET_EQ) THEN
      ANTS_TAC THENL [ASM_ARITH_TAC; DISCH_THEN(fun th -> REWRITE_TAC[th])] THEN
      ASM_ARITH_TAC;
      ASM_MESON_TAC[ARITH_RULE `i < n + 1 ==> i < n + 2 /\ SUC n < n + 2`;
                    ARITH_RULE `SUC n < n + 2`]]; ALL_TAC] THEN
  CONJ_TAC THENL
   [X_GEN_TAC `i:num` THEN DISCH_TAC THEN ASM_CASES_TAC `i < n + 1` THENL
     [ASM_SIMP_TAC[WRITE8_AT; ARITH_RULE `SUC n < n + 2`;
        ARITH_RULE `i < n + 1 ==> ~(i = SUC n)`];
      SUBGOAL_THEN `i = SUC n` SUBST1_TAC THENL [ASM_ARITH_TAC; ALL_TAC] THEN
      SUBGOAL_THEN `!p. p = out \/ p = tout
        ==> memory v (word_add p (word (SUC n))) =
            memory u (word_add p (word (SUC n)))` (fun th -> SIMP_TAC[th]) THENL
       [REPEAT STRIP_TAC THEN FIRST_X_ASSUM SUBST1_TAC THEN
        FIRST_X_ASSUM MATCH_MP_TAC THEN
        REWRITE_TAC[IN_UNION; IN_RANGE; DE_MORGAN_THM; NOT_EXISTS_THM] THEN
        ASM_MESON_TAC[ARITH_RULE `i < n + 1 ==> i < n + 2 /\ ~(SUC n = i)`;
                      ARITH_RULE `SUC n < n + 2`];
        ASM_SIMP_TAC[WRITE8_AT; ARITH_RULE `SUC n < n + 2`]]];
    X_GEN_TAC `b:int64` THEN
    REWRITE_TAC[IN_UNION; IN_RANGE; DE_MORGAN_THM; NOT_EXISTS_THM] THEN
    STRIP_TAC THEN
    SUBGOAL_THEN `memory v b = memory u b` SUBST1_TAC THENL
     [FIRST_X_ASSUM MATCH_MP_TAC THEN
      REWRITE_TAC[IN_UNION; IN_RANGE; DE_MORGAN_THM; NOT_EXISTS_THM] THEN
      ASM_MESON_TAC[ARITH_RULE `i < n + 1 ==> i < n + 2`];
      ASM_REWRITE_TAC[WRITE8_AT] THEN
      REPEAT(FIRST_X_ASSUM(MP_TAC o SPEC `SUC n` o check (fun th ->
        is_forall (concl th) && can (find_term ((=) `b:int64`)) (concl th)))) THEN
      SIMP_TAC[ARITH_RULE `SUC n < n + 2`]]]);;

(* What the bytes come to, of a block x at out and a tail of n + 1 bytes. *)
let STOLEN = prove
 (`!m m' tail out n x.
     n < 15 /\ read128 m out = x /\
     (!i. i < n + 1
          ==> m' (word_add out (word i)) = m (word_add tail (word i)) /\
              m' (word_add (word_add out (word 16)) (word i)) =
                m (word_add out (word i))) /\
     (!b. ~(b IN range out (n + 1) UNION
                 range (word_add out (word 16)) (n + 1))
          ==> m' b = m b)
     ==> read128 m' out = block_of_bytes
           (APPEND (bytes_at m tail (n + 1)) (drop (n + 1) (bytes_of_block x))) /\
         bytes_at m' (word_add out (word 16)) (n + 1) =
           take (n + 1) (bytes_of_block x)`,
  REPEAT GEN_TAC THEN STRIP_TAC THEN
  SUBGOAL_THEN
   `!i. i < 16 ==> m (word_add out (word i) : int64) = EL i (bytes_of_block x)`
    ASSUME_TAC THENL
   [REPEAT STRIP_TAC THEN
    ASM_SIMP_TAC[BYTES_OF_BLOCK_EL; byte; GSYM READ128_BYTE] THEN
    ASM_SIMP_TAC[READ128_BYTE] THEN
    FIRST_X_ASSUM(SUBST1_TAC o SYM o check (fun th -> is_eq (concl th))) THEN
    ASM_SIMP_TAC[READ128_BYTE]; ALL_TAC] THEN
  CONJ_TAC THENL
   [REWRITE_TAC[GSYM BLOCK_OF_BYTES_AT] THEN AP_TERM_TAC THEN
    ASM_SIMP_TAC[LIST_EQ; LENGTH_BYTES_AT; LENGTH_APPEND; LENGTH_DROP;
      BYTES_OF_BLOCK_LENGTH; ARITH_RULE `n < 15 ==> n + 1 <= 16`;
      ARITH_RULE `n < 15 ==> (n + 1) + 16 - (n + 1) = 16`; EL_APPEND;
      EL_BYTES_AT; EL_DROP] THEN
    X_GEN_TAC `i:num` THEN DISCH_TAC THEN COND_CASES_TAC THENL
     [ASM_SIMP_TAC[EL_BYTES_AT]; ALL_TAC] THEN
    ASM_SIMP_TAC[ARITH_RULE `~(i < n) ==> n + i - n = i`] THEN
    TRANS_TAC EQ_TRANS `m (word_add out (word i) : int64) : byte` THEN
    CONJ_TAC THENL [ALL_TAC; ASM_SIMP_TAC[]] THEN
    FIRST_X_ASSUM MATCH_MP_TAC THEN
    REWRITE_TAC[IN_UNION; IN_RANGE; DE_MORGAN_THM; NOT_EXISTS_THM;
      WORD_ADD_ASSOC_NUM;
      WORD_RULE `word_add p (x:int64) = word_add p y <=> x = y`] THEN
    REWRITE_TAC[WORD_EQ; CONG; DIMINDEX_64] THEN CONJ_TAC THEN
    X_GEN_TAC `j:num` THEN ASM_CASES_TAC `j < n + 1` THEN ASM_REWRITE_TAC[] THEN
   (SUBGOAL_THEN `i < 2 EXP 64 /\ j < 2 EXP 64 /\ 16 + j < 2 EXP 64`
      STRIP_ASSUME_TAC THENL [ASM_ARITH_TAC; ASM_SIMP_TAC[MOD_LT]]) THEN
    ASM_ARITH_TAC;
    ASM_SIMP_TAC[LIST_EQ; LENGTH_BYTES_AT; LENGTH_TAKE; EL_BYTES_AT; EL_TAKE] THEN
    REPEAT STRIP_TAC THEN FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_ARITH_TAC]);;

(* ------------------------------------------------------------------------- *)
(* All of it.                                                                *)
(* ------------------------------------------------------------------------- *)

let steal_goal =
 `whole s /\ program_counter s = at_steal /\ n < 15 /\
  xsp 0 s = out /\ xsp 1 s = a /\ xsp 3 s = word (n + 1) /\ xsp 8 s = slot /\
  (!i. i < 13 ==> vreg (16 + i) s = k (1 + i)) /\
  read128 (memory s) slot = word_xor t0 (k 0) /\
  read128 (memory s) (word_add slot (word 16)) = word_xor t0 (k 14) /\
  read128 (memory s) (word_add slot (word 32)) = word_xor t1 (k 0) /\
  read128 (memory s) (word_add slot (word 48)) = word_xor t1 (k 14) /\
  within a (16 + n + 1) rd /\ within slot 64 rd /\
  within out (16 + n + 1) rd /\ within out (16 + n + 1) wr /\
  apart out (16 + n + 1) slot 64 /\ in_place_or_apart a out (16 + n + 1)
  ==> ?s'. reaches base code rd wr s s' /\ whole s' /\
           program_counter s' = at_wipe /\
           xsp 3 s' = word 0 /\ xsp 5 s' = word_add a (word 16) /\
           keeps_x [0; 1; 2; 7; 8; 18; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 29;
                    30; 31] s s' /\ keeps_v [31] s s' /\
           read128 (memory s') out =
             block k (completed:int128) (block_of_bytes
               (APPEND (bytes_at (memory s) (word_add a (word 16)) (n + 1))
                 (drop (n + 1)
                   (bytes_of_block
                     (block k (lent:int128) (read128 (memory s) a)))))) /\
           bytes_at (memory s') (word_add out (word 16)) (n + 1) =
             take (n + 1)
               (bytes_of_block (block k lent (read128 (memory s) a))) /\
           (!b. ~(b IN range out (16 + n + 1)) ==> memory s' b = memory s b)`;;

let STEAL code const block (from,into) =
  let tweak at = if at = 0 then `t0:int128` else `t1:int128` in
  let lend = LEND code const block from and complete = COMPLETE code const block into
  and swap = SWAP code in
  let head,after = steal_loop code in
  let rule = SPECL [code.constant; base_var; rd_var; wr_var; pc_at head;
    pc_at after; out_tm; `word_add a (word 16):int64`;
    `word_add out (word 16):int64`; swap_kept; swap_kept_v] SWAP_LOOP in
  let rule = MP rule (prove(lhand (concl rule),
    REPEAT GEN_TAC THEN DISCH_TAC THEN
    MP_TAC(SPECL [`s:st`; base_var; rd_var; wr_var; out_tm;
      `word_add a (word 16):int64`; `word_add out (word 16):int64`; `n:num`] swap) THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN EXISTS_TAC `u:st` THEN
    ASM_REWRITE_TAC[])) in
  let goal = subst [code.constant,code_var; pc_at (tail_test code),`at_steal:int64`;
    pc_at (wipe_head code),`at_wipe:int64`; tweak from,`lent:int128`;
    tweak into,`completed:int128`;
    const,block_var] steal_goal in
  prove(list_mk_forall([`s:st`; base_var; rd_var; wr_var; `k:num->int128`;
      `t0:int128`; `t1:int128`; out_tm; `a:int64`; slot_tm; `n:num`],goal),
    REPEAT GEN_TAC THEN STRIP_TAC THEN
    SUBGOAL_THEN `within a 16 rd /\ within (word_add a (word 16)) (n + 1) rd /\
      within out 16 rd /\ within out (n + 1) rd /\ within out 16 wr /\
      within out (n + 1) wr /\ within (word_add out (word 16)) (n + 1) wr`
      STRIP_ASSUME_TAC THENL
     [REPEAT CONJ_TAC THEN
      (MATCH_MP_TAC WITHIN_PART ORELSE
       MATCH_MP_TAC WITHIN_PREFIX) THEN
      EXISTS_TAC `16 + n + 1` THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC;
      ALL_TAC] THEN
    SUBGOAL_THEN `apart (word_add a (word 16)) (n + 1) out 16 /\
      apart (word_add a (word 16)) (n + 1) out (n + 1)` STRIP_ASSUME_TAC THENL
     [CONJ_TAC THEN GEN_REWRITE_TAC (RATOR_CONV o RAND_CONV) [GSYM ADD_ZERO] THEN
      MATCH_MP_TAC AHEAD THEN EXISTS_TAC `16 + n + 1` THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC; ALL_TAC] THEN
    SUBGOAL_THEN `apart out (n + 1) (word_add out (word 16)) (n + 1) /\
      in_place_or_apart (word_add a (word 16)) (word_add out (word 16)) (n + 1)`
      STRIP_ASSUME_TAC THENL
     [CONJ_TAC THENL
       [MP_TAC(SPECL [out_tm; `0`; `n + 1`; `16`; `n + 1`] APART_SAME) THEN
        REWRITE_TAC[ADD_ZERO] THEN
        REPEAT(ANTS_TAC THENL [ASM_ARITH_TAC; ALL_TAC]) THEN REWRITE_TAC[];
        UNDISCH_TAC `in_place_or_apart a out (16 + n + 1)` THEN
        REWRITE_TAC[in_place_or_apart] THEN STRIP_TAC THEN ASM_REWRITE_TAC[] THEN
        DISJ2_TAC THEN MATCH_MP_TAC APART_PARTS THEN
        MAP_EVERY EXISTS_TAC [`16 + n + 1`; `16 + n + 1`] THEN
        ASM_REWRITE_TAC[LE_REFL]]; ALL_TAC] THEN
    SUBGOAL_THEN `~(word (n + 1) : int64 = word 0)` ASSUME_TAC THENL
     [SUBGOAL_THEN `n + 1 < 2 EXP 64` (fun th -> REWRITE_TAC
        [MATCH_MP SMALL_ZERO th]) THEN ASM_ARITH_TAC; ALL_TAC] THEN
    MP_TAC(SPECL [`s:st`; base_var; rd_var; wr_var; `k:num->int128`; tweak from;
      out_tm; `a:int64`; slot_tm] lend) THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
    MP_TAC(SPECL [`n:num`; `u:st`] rule) THEN
    ASM_REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
    SUBGOAL_THEN `!b. ~(b IN range out (16 + n + 1)) ==> memory v b = memory s b`
      ASSUME_TAC THENL
     [REPEAT STRIP_TAC THEN TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN
      CONJ_TAC THEN FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPECL [out_tm; `16 + n + 1`; `16`] RANGE_PREFIX) THEN
      MP_TAC(SPECL [out_tm; `16 + n + 1`; `n + 1`] RANGE_PREFIX) THEN
      MP_TAC(SPECL [out_tm; `16 + n + 1`; `16`; `n + 1`] RANGE_PART) THEN
      REWRITE_TAC[ARITH_RULE `16 <= 16 + n + 1 /\ n + 1 <= 16 + n + 1`; LE_REFL] THEN
      ASM SET_TAC[]; ALL_TAC] THEN
    SUBGOAL_THEN `!c. c + 16 <= 64
      ==> read128 (memory v) (word_add slot (word c)) =
          read128 (memory s) (word_add slot (word c))` ASSUME_TAC THENL
     [REPEAT STRIP_TAC THEN MATCH_MP_TAC APART_KEPT THEN
      MAP_EVERY EXISTS_TAC [out_tm; `16 + n + 1`] THEN ASM_REWRITE_TAC[] THEN
      MATCH_MP_TAC APART_WEAKEN THEN EXISTS_TAC `64` THEN ASM_SIMP_TAC[APART_SYM];
      ALL_TAC] THEN
    MP_TAC(SPECL [`memory u`; `memory v`; `word_add a (word 16):int64`; out_tm;
      `n:num`; list_mk_comb(const,[`k:num->int128`; tweak from;
      `read128 (memory s) a`])] STOLEN) THEN
    ASM_REWRITE_TAC[] THEN STRIP_TAC THEN
    SUBGOAL_THEN `bytes_at (memory u) (word_add a (word 16)) (n + 1) =
                  bytes_at (memory s) (word_add a (word 16)) (n + 1)`
      SUBST_ALL_TAC THENL
     [MATCH_MP_TAC BYTES_AT_SAME THEN REPEAT STRIP_TAC THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN REWRITE_TAC[IN_RANGE] THEN
      RULE_ASSUM_TAC(REWRITE_RULE[apart]) THEN ASM_MESON_TAC[]; ALL_TAC] THEN
    MP_TAC(SPECL [`v:st`; base_var; rd_var; wr_var; `k:num->int128`; tweak into;
      out_tm; `a:int64`; slot_tm] complete) THEN
    ANTS_TAC THENL
     [FIRST_ASSUM(MP_TAC o SPEC `0`) THEN FIRST_ASSUM(MP_TAC o SPEC `16`) THEN
      FIRST_ASSUM(MP_TAC o SPEC `32`) THEN FIRST_ASSUM(MP_TAC o SPEC `48`) THEN
      REWRITE_TAC[ADD_ZERO] THEN CONV_TAC NUM_REDUCE_CONV THEN
      REPEAT(DISCH_THEN SUBST1_TAC) THEN ASM_REWRITE_TAC[] THEN
      UNDISCH_TAC `!i. i < 13 ==> vreg (16 + i) s : int128 = k (1 + i)` THEN
      CONV_TAC(BINOP_CONV EXPAND_CASES_CONV) THEN CONV_TAC NUM_REDUCE_CONV THEN
      ASM_REWRITE_TAC[]; ALL_TAC] THEN
    REWRITE_TAC[keeps_x; keeps_v; ALL] THEN
    DISCH_THEN(X_CHOOSE_THEN `w:st` STRIP_ASSUME_TAC) THEN
    EXISTS_TAC `w:st` THEN
    CONJ_TAC THENL [ASM_MESON_TAC[REACHES_TRANS]; ALL_TAC] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [FIRST_X_ASSUM(SUBST1_TAC o SYM o check (fun th -> is_eq (concl th) &&
        can (find_term ((=) `bytes_at (memory v)`)) (concl th))) THEN
      MATCH_MP_TAC BYTES_AT_SAME THEN REPEAT STRIP_TAC THEN
      FIRST_X_ASSUM MATCH_MP_TAC THEN
      MP_TAC(SPECL [out_tm; `16`; `n + 1`; `0`; `16`] APART_SAME) THEN
      REWRITE_TAC[ADD_ZERO; IN_RANGE; apart] THEN
      REPEAT(ANTS_TAC THENL [ASM_ARITH_TAC; ALL_TAC]) THEN ASM_MESON_TAC[];
      REPEAT STRIP_TAC THEN TRANS_TAC EQ_TRANS `memory v (b:int64)` THEN
      CONJ_TAC THEN FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_REWRITE_TAC[] THEN
      MP_TAC(SPECL [out_tm; `16 + n + 1`; `16`] RANGE_PREFIX) THEN
      REWRITE_TAC[LE_ADD] THEN ASM SET_TAC[]]);;

let ENCRYPT_STEAL = STEAL encrypt_body `arm_encrypt` ENCRYPT_BLOCK (0,32);;
let DECRYPT_STEAL = STEAL decrypt_body `arm_decrypt` DECRYPT_BLOCK (32,0);;
