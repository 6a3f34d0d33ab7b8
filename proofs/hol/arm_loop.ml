(* SPDX-License-Identifier: ISC *)
(* A loop over chunks of data, by induction: LOOP is about any code that does one
   chunk and counts down, of which it says that all of them are done.

   A chunk is count blocks, 1 group (arm_groups.ml) or 1 unit (arm_run.ml).  ready i
   is what holds before chunk i, left what holds after any; f i j is what becomes
   of its block j.  The output may be the input, or apart from it; other memory does
   not change but for slots bytes of the frame. *)

needs "arm_group.ml";;

(* What is read is what was there, if it is apart from what was written. *)
let READ_KEPT = prove
 (`!m n a d k e l.
     (!b. ~(b IN range d k UNION range e l) ==> n b = m b) /\
     apart a 16 d k /\ apart a 16 e l
     ==> read128 n a = read128 m a`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC READ_SAME THEN
  EXISTS_TAC `range a 16` THEN
  REWRITE_TAC[WITHIN_RANGE; SUBSET_REFL] THEN
  RULE_ASSUM_TAC(REWRITE_RULE[APART_RANGE]) THEN
  REPEAT STRIP_TAC THEN FIRST_X_ASSUM MATCH_MP_TAC THEN ASM SET_TAC[]);;

let KEEPS_TRANS = prove
 (`(!l s t u. keeps_x l s t /\ keeps_x l t u ==> keeps_x l s u) /\
   (!l s t u. keeps_v l s t /\ keeps_v l t u ==> keeps_v l s u)`,
  REWRITE_TAC[keeps_x; keeps_v; GSYM ALL_MEM] THEN MESON_TAC[]);;

(* The counter: one of the n + 1 chunks that are left is done. *)
let SMALL_ZERO = prove
 (`!n. n < 2 EXP 64 ==> (word n : int64 = word 0 <=> n = 0)`,
  SIMP_TAC[WORD_EQ; CONG; DIMINDEX_64; MOD_LT; ARITH_RULE `0 < 2 EXP 64`]);;

let COUNTER = prove
 (`!n. n < 2 EXP 64
       ==> word_sub (word (SUC n)) (word 1) : int64 = word n /\
           (word n : int64 = word 0 <=> n = 0)`,
  SIMP_TAC[SMALL_ZERO] THEN REPEAT STRIP_TAC THEN REWRITE_TAC[ADD1] THEN
  CONV_TAC WORD_RULE);;

(* Regions of n bytes, from the front: m bytes, and k after them. *)
let WITHIN_SPLIT = prove
 (`!p m k n s. within p n s /\ m + k <= n
               ==> within p m s /\ within (word_add p (word m)) k s`,
  REPEAT STRIP_TAC THENL
   [MATCH_MP_TAC WITHIN_PREFIX; MATCH_MP_TAC WITHIN_PART] THEN
  EXISTS_TAC `n:num` THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC);;

let APART_WEAKEN = prove
 (`!p m q n c k. apart p m q n /\ c + k <= m
                 ==> apart (word_add p (word c)) k q n`,
  REPEAT STRIP_TAC THEN
  MP_TAC(SPECL [`p:int64`; `m:num`; `q:int64`; `n:num`; `c:num`; `k:num`; `0`;
                `n:num`] APART_PARTS) THEN
  ASM_REWRITE_TAC[ADD_CLAUSES; LE_REFL; ADD_ZERO]);;

let APART_PREFIX = prove
 (`!p m q n k. apart p m q n /\ k <= m ==> apart p k q n`,
  REPEAT STRIP_TAC THEN
  MP_TAC(SPECL [`p:int64`; `m:num`; `q:int64`; `n:num`; `0`; `k:num`]
    APART_WEAKEN) THEN
  ASM_REWRITE_TAC[ADD_CLAUSES; ADD_ZERO]);;

let APART_SPLIT = prove
 (`!p m k n q l. apart p n q l /\ m + k <= n
                 ==> apart p m q l /\ apart (word_add p (word m)) k q l`,
  REPEAT STRIP_TAC THENL
   [MATCH_MP_TAC APART_PREFIX; MATCH_MP_TAC APART_WEAKEN] THEN
  EXISTS_TAC `n:num` THEN ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC);;

let APART_NONE = prove
 (`!p q n. apart p 0 q n`,
  REWRITE_TAC[apart; LT]);;

(* The slots of the frame are apart from what the frame is apart from. *)
let SLOTS_APART = prove
 (`!p n sp c k slots.
     apart p n sp 400 /\ c + k <= n /\ slots <= 320
     ==> apart (word_add p (word c)) k (word_add sp (word 80)) slots`,
  REPEAT STRIP_TAC THEN MATCH_MP_TAC APART_PARTS THEN
  MAP_EVERY EXISTS_TAC [`n:num`; `400`] THEN ASM_REWRITE_TAC[] THEN
  ASM_ARITH_TAC);;

let in_place_or_apart = new_definition
 `in_place_or_apart src dst n <=> src = dst \/ apart src n dst n`;;

let IN_PLACE_PREFIX = prove
 (`!src dst m n. in_place_or_apart src dst n /\ m <= n
                 ==> in_place_or_apart src dst m`,
  REWRITE_TAC[in_place_or_apart] THEN REPEAT STRIP_TAC THEN
  ASM_REWRITE_TAC[] THEN DISJ2_TAC THEN
  MATCH_MP_TAC APART_PREFIX THEN EXISTS_TAC `n:num` THEN ASM_REWRITE_TAC[] THEN
  MATCH_MP_TAC APART_SYM THEN MATCH_MP_TAC APART_PREFIX THEN
  EXISTS_TAC `n:num` THEN ASM_SIMP_TAC[APART_SYM]);;

let IN_PLACE_REST = prove
 (`!src dst n c k.
     in_place_or_apart src dst n /\ c + k <= n
     ==> in_place_or_apart (word_add src (word c)) (word_add dst (word c)) k`,
  REWRITE_TAC[in_place_or_apart] THEN REPEAT STRIP_TAC THEN
  ASM_REWRITE_TAC[] THEN DISJ2_TAC THEN MATCH_MP_TAC APART_PARTS THEN
  MAP_EVERY EXISTS_TAC [`n:num`; `n:num`] THEN ASM_REWRITE_TAC[]);;

(* Input that lies behind output so far. *)
let AHEAD = prove
 (`!src dst n c k d l.
     in_place_or_apart src dst n /\ n <= 2 EXP 64 /\ d + l <= c /\ c + k <= n
     ==> apart (word_add src (word c)) k (word_add dst (word d)) l`,
  REWRITE_TAC[in_place_or_apart] THEN REPEAT STRIP_TAC THENL
   [ASM_REWRITE_TAC[] THEN MATCH_MP_TAC APART_SAME THEN
    ASM_ARITH_TAC;
    MATCH_MP_TAC APART_PARTS THEN MAP_EVERY EXISTS_TAC [`n:num`; `n:num`] THEN
    ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]);;

(* ------------------------------------------------------------------------- *)
(* Any number of chunks.                                                     *)
(* ------------------------------------------------------------------------- *)

let LOOP = prove
 (`!code base rd wr at_head at_after ready left f counter count slots sp other size
    l l'.
   let z = 16 * count in
   slots <= 320 /\
   (!i s dst src.
      ready i s /\ program_counter s = at_head /\ xsp 0 s = dst /\ xsp 1 s = src /\
      within src z rd /\ within dst z wr /\
      apart dst z sp 400 /\ apart src z sp 400 /\ apart other size dst z /\
      in_place_or_apart src dst z
      ==> ?s'. reaches base code rd wr s s' /\ ready (SUC i) s' /\ left s' /\
               program_counter s' =
                 (if ~(word_sub (xsp counter s) (word 1) = word 0)
                  then at_head else at_after) /\
               xsp 0 s' = word_add dst (word z) /\
               xsp 1 s' = word_add src (word z) /\
               xsp counter s' = word_sub (xsp counter s) (word 1) /\
               keeps_x l s s' /\ keeps_v l' s s' /\
               (!j. j < count
                    ==> read128 (memory s') (word_add dst (word (16 * j))) =
                        f i j (read128 (memory s) (word_add src (word (16 * j))))) /\
               (!b. ~(b IN range dst z UNION range (word_add sp (word 80)) slots)
                    ==> memory s' b = memory s b))
   ==> !n i s dst src.
      0 < n /\ n < 2 EXP 64 /\ z * n <= 2 EXP 64 /\
      ready i s /\ program_counter s = at_head /\ xsp 0 s = dst /\ xsp 1 s = src /\
      xsp counter s = word n /\
      within src (z * n) rd /\ within dst (z * n) wr /\
      apart dst (z * n) sp 400 /\ apart src (z * n) sp 400 /\
      apart other size dst (z * n) /\ in_place_or_apart src dst (z * n)
      ==> ?s'. reaches base code rd wr s s' /\ ready (i + n) s' /\ left s' /\
               program_counter s' = at_after /\
               xsp 0 s' = word_add dst (word (z * n)) /\
               xsp 1 s' = word_add src (word (z * n)) /\
               xsp counter s' = word 0 /\
               keeps_x l s s' /\ keeps_v l' s s' /\
               (!h j. h < n /\ j < count
                      ==> read128 (memory s')
                            (word_add dst (word (z * h + 16 * j))) =
                          f (i + h) j
                            (read128 (memory s)
                              (word_add src (word (z * h + 16 * j))))) /\
               (!b. ~(b IN range dst (z * n) UNION
                           range (word_add sp (word 80)) slots)
                    ==> memory s' b = memory s b)`,
  REWRITE_TAC[LET_DEF; LET_END_DEF] THEN
  REPEAT GEN_TAC THEN ABBREV_TAC `z = 16 * count` THEN
  DISCH_THEN(CONJUNCTS_THEN2 ASSUME_TAC (LABEL_TAC "chunk")) THEN
  INDUCT_TAC THEN REWRITE_TAC[LT_REFL; LT_0] THEN
  REPEAT GEN_TAC THEN STRIP_TAC THEN
  SUBGOAL_THEN `z + z * n <= z * SUC n /\ z <= z * SUC n` STRIP_ASSUME_TAC THENL
   [REWRITE_TAC[MULT_CLAUSES; LE_REFL; LE_ADD]; ALL_TAC] THEN
  FIRST_ASSUM(ASSUME_TAC o MATCH_MP APART_SYM o check (fun th ->
    concl th = `apart other size dst (z * SUC n)`)) THEN
  MAP_EVERY (MP_TAC o SPECL [`z:num`; `z * n`; `z * SUC n`])
   [ISPEC `src:int64` WITHIN_SPLIT; ISPEC `dst:int64` WITHIN_SPLIT] THEN
  DISCH_THEN(MP_TAC o SPEC `wr:int64->bool`) THEN ASM_REWRITE_TAC[] THEN
  DISCH_THEN STRIP_ASSUME_TAC THEN
  DISCH_THEN(MP_TAC o SPEC `rd:int64->bool`) THEN ASM_REWRITE_TAC[] THEN
  DISCH_THEN STRIP_ASSUME_TAC THEN
  MAP_EVERY (fun (p,q,l) ->
    MP_TAC(SPECL [p; `z:num`; `z * n`; `z * SUC n`; q; l] APART_SPLIT) THEN
    ASM_REWRITE_TAC[] THEN DISCH_THEN STRIP_ASSUME_TAC)
   [`dst:int64`,`sp:int64`,`400`; `src:int64`,`sp:int64`,`400`;
    `dst:int64`,`other:int64`,`size:num`] THEN
  MP_TAC(SPECL [`src:int64`; `dst:int64`; `z:num`; `z * SUC n`] IN_PLACE_PREFIX) THEN
  MP_TAC(SPECL [`src:int64`; `dst:int64`; `z * SUC n`; `z:num`; `z * n`]
    IN_PLACE_REST) THEN
  ASM_REWRITE_TAC[] THEN REPLICATE_TAC 2 DISCH_TAC THEN
  REMOVE_THEN "chunk" (MP_TAC o SPECL [`i:num`; `s:st`; `dst:int64`; `src:int64`])
  THEN
  ANTS_TAC THENL [ASM_SIMP_TAC[APART_SYM]; ALL_TAC] THEN
  SUBGOAL_THEN `n < 2 EXP 64` (STRIP_ASSUME_TAC o MATCH_MP COUNTER) THENL
   [ASM_ARITH_TAC; ASM_REWRITE_TAC[]] THEN
  DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
  ASM_CASES_TAC `n = 0` THENL
   [UNDISCH_THEN `n = 0` SUBST_ALL_TAC THEN EXISTS_TAC `u:st` THEN
    RULE_ASSUM_TAC(REWRITE_RULE[]) THEN
    REWRITE_TAC[ARITH_RULE `z * SUC 0 = z`; ARITH_RULE `h < SUC 0 <=> h = 0`;
                ARITH_RULE `i + SUC 0 = SUC i`] THEN
    ASM_REWRITE_TAC[] THEN REPEAT STRIP_TAC THEN
    ASM_SIMP_TAC[MULT_CLAUSES; ADD_CLAUSES]; ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`SUC i`; `u:st`; `word_add dst (word z):int64`;
    `word_add src (word z):int64`]) THEN
  ANTS_TAC THENL
   [RULE_ASSUM_TAC(REWRITE_RULE[MULT_CLAUSES]) THEN
    ASM_SIMP_TAC[APART_SYM] THEN ASM_ARITH_TAC; ALL_TAC] THEN
  DISCH_THEN(X_CHOOSE_THEN `v:st` STRIP_ASSUME_TAC) THEN
  SUBGOAL_THEN `!p. word_add (word_add p (word z)) (word (z * n)) : int64 =
                    word_add p (word (z * SUC n))` ASSUME_TAC THENL
   [REWRITE_TAC[WORD_ADD_ASSOC_NUM; MULT_CLAUSES]; ALL_TAC] THEN
  EXISTS_TAC `v:st` THEN
  ASM_REWRITE_TAC[ARITH_RULE `i + SUC n = SUC i + n`] THEN REPEAT CONJ_TAC THENL
   [ASM_MESON_TAC[REACHES_TRANS]; ASM_MESON_TAC[KEEPS_TRANS];
    ASM_MESON_TAC[KEEPS_TRANS]; ALL_TAC;
    X_GEN_TAC `b:int64` THEN DISCH_TAC THEN
    TRANS_TAC EQ_TRANS `memory u (b:int64)` THEN CONJ_TAC THEN
    FIRST_X_ASSUM MATCH_MP_TAC THEN
    MP_TAC(SPECL [`dst:int64`; `z * SUC n`; `z:num`] RANGE_PREFIX) THEN
    MP_TAC(SPECL [`dst:int64`; `z * SUC n`; `z:num`; `z * n`] RANGE_PART) THEN
    UNDISCH_TAC `~(b IN range dst (z * SUC n) UNION
                      range (word_add sp (word 80)) slots)` THEN
    ASM_REWRITE_TAC[] THEN SET_TAC[]] THEN
  MAP_EVERY X_GEN_TAC [`h:num`; `j:num`] THEN STRIP_TAC THEN
  ASM_CASES_TAC `h = 0` THENL
   [ASM_REWRITE_TAC[MULT_CLAUSES; ADD_CLAUSES] THEN
    TRANS_TAC EQ_TRANS `read128 (memory u) (word_add dst (word (16 * j)))` THEN
    CONJ_TAC THENL [ALL_TAC; ASM_SIMP_TAC[]] THEN
    MATCH_MP_TAC READ_KEPT THEN
    MAP_EVERY EXISTS_TAC [`word_add dst (word z):int64`; `z * n`;
      `word_add sp (word 80):int64`; `slots:num`] THEN
    ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
     [MATCH_MP_TAC APART_SAME THEN ASM_ARITH_TAC;
      MATCH_MP_TAC SLOTS_APART THEN EXISTS_TAC `z:num` THEN
      ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]; ALL_TAC] THEN
  SUBGOAL_THEN `?g. h = SUC g /\ g < n` STRIP_ASSUME_TAC THENL
   [EXISTS_TAC `h - 1` THEN ASM_ARITH_TAC; ALL_TAC] THEN
  SUBGOAL_THEN `z * SUC g + 16 * j = z + z * g + 16 * j` ASSUME_TAC THENL
   [REWRITE_TAC[MULT_CLAUSES] THEN ARITH_TAC; ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`g:num`; `j:num`] o check
    (fun th -> length (fst (strip_forall (concl th))) = 2)) THEN
  ASM_REWRITE_TAC[WORD_ADD_ASSOC_NUM; ARITH_RULE `i + SUC g = SUC i + g`] THEN
  DISCH_THEN SUBST1_TAC THEN AP_TERM_TAC THEN
  MATCH_MP_TAC READ_KEPT THEN
  MAP_EVERY EXISTS_TAC [`dst:int64`; `z:num`; `word_add sp (word 80):int64`;
                        `slots:num`] THEN
  SUBGOAL_THEN `z + z * g + 16 * j + 16 <= z * SUC n` ASSUME_TAC THENL
   [TRANS_TAC LE_TRANS `z + z * SUC g` THEN
    REWRITE_TAC[MULT_CLAUSES; LE_ADD_LCANCEL] THEN
    SUBGOAL_THEN `z * SUC g <= z * n` MP_TAC THENL
     [REWRITE_TAC[LE_MULT_LCANCEL] THEN ASM_ARITH_TAC;
      REWRITE_TAC[MULT_CLAUSES] THEN ASM_ARITH_TAC]; ALL_TAC] THEN
  ASM_REWRITE_TAC[] THEN CONJ_TAC THENL
   [GEN_REWRITE_TAC (RATOR_CONV o RAND_CONV) [GSYM ADD_ZERO] THEN
    MATCH_MP_TAC AHEAD THEN EXISTS_TAC `z * SUC n` THEN ASM_REWRITE_TAC[] THEN
    ASM_ARITH_TAC;
    MATCH_MP_TAC SLOTS_APART THEN EXISTS_TAC `z * SUC n` THEN
    ASM_REWRITE_TAC[] THEN ASM_ARITH_TAC]);;
