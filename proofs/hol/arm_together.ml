(* SPDX-License-Identifier: ISC *)
(* Time: two runs of the same code, from states that are alike.

   public is a list of what is public at each instruction (arm_alike.ml).  Where
   each instruction leads from what is public at it to no less than what is at
   the next, which is `timed`, two runs stay together: they take the same steps,
   with the same accesses.  So both come to the end of the code after as many. *)

needs "arm_alike.ml";;

let weaker = new_definition
 `weaker r q <=> LENGTH r = 33 /\ ALL2 (==>) r q`;;

let ALL2_EL_IMP = prove
 (`!r q n. ALL2 (==>) r q /\ n < LENGTH r ==> EL n r ==> EL n q`,
  LIST_INDUCT_TAC THEN REWRITE_TAC[LENGTH; CONJUNCT1 LT] THEN
  LIST_INDUCT_TAC THEN REWRITE_TAC[ALL2] THEN
  INDUCT_TAC THEN REWRITE_TAC[EL; HD; TL; LT_SUC] THEN ASM_MESON_TAC[]);;

let ALIKE_WEAKER = prove
 (`!r q s t. weaker r q /\ alike q s t ==> alike r s t`,
  REWRITE_TAC[weaker; alike] THEN REPEAT STRIP_TAC THEN
  ASM_MESON_TAC[ALL2_EL_IMP; ARITH_RULE `n < 32 ==> n < 33`;
                ARITH_RULE `32 < 33`]);;

(* fs: the forms that a code decodes to *)
let follows = new_definition
 `follows fs public k <=>
    ?q ds. leads (EL k fs) (EL k public) q ds /\
           ALL (\d. weaker
                  (EL (val (word_add (word (4 * k)) d : int64) DIV 4) public) q)
               ds`;;

let timed = new_definition
 `timed fs public <=> !k. k < LENGTH fs ==> follows fs public k`;;

let place = new_definition
 `place base s = val (word_sub (program_counter s) base : int64) DIV 4`;;

let together = new_definition
 `together base public s r <=> alike (EL (place base s) public) s r`;;

let FETCH_INDEX = prove
 (`!base code pc w.
     fetch base code pc = SOME w
     ==> ?k. k < LENGTH code /\ w = EL k code /\
             val (word_sub pc base : int64) DIV 4 = k /\
             word_sub pc base = word (4 * k)`,
  REPEAT GEN_TAC THEN REWRITE_TAC[fetch; LET_DEF; LET_END_DEF; COND_SOME] THEN
  STRIP_TAC THEN
  EXISTS_TAC `val (word_sub pc base : int64) DIV 4` THEN
  ASM_REWRITE_TAC[] THEN
  SUBGOAL_THEN `4 * val (word_sub pc base : int64) DIV 4 =
                val (word_sub pc base)` SUBST1_TAC THENL
   [MP_TAC(SPECL [`val (word_sub pc base : int64)`; `4`] DIVISION) THEN
    ASM_REWRITE_TAC[] THEN ARITH_TAC;
    REWRITE_TAC[WORD_VAL]]);;

let STEP_TOGETHER = prove
 (`!base code public rd wr rd' wr' s r s' r'.
     timed (MAP decode code) public /\ together base public s r /\
     step base code rd wr s = SOME s' /\ step base code rd' wr' r = SOME r'
     ==> together base public s' r' /\
         ?e. events s' = CONS e (events s) /\ events r' = CONS e (events r)`,
  REPEAT GEN_TAC THEN REWRITE_TAC[step; LET_DEF; LET_END_DEF; BIND_EQ_SOME;
    EXISTS_PAIR_THM; FST; SND; COND_SOME; together; timed; LENGTH_MAP] THEN
  STRIP_TAC THEN
  FIRST_ASSUM(fun th ->
    let pc = last (CONJUNCTS (MATCH_MP ALIKE_READS th)) in
    RULE_ASSUM_TAC(PURE_REWRITE_RULE[pc])) THEN
  SUBGOAL_THEN `y':int32 = y` SUBST_ALL_TAC THENL
   [ASM_MESON_TAC[injectivity "option"]; ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o MATCH_MP FETCH_INDEX) THEN
  DISCH_THEN(X_CHOOSE_THEN `k:num` STRIP_ASSUME_TAC) THEN
  UNDISCH_THEN `y:int32 = EL k code` SUBST_ALL_TAC THEN
  SUBGOAL_THEN `place base s = k` SUBST_ALL_TAC THENL
   [ASM_REWRITE_TAC[place]; ALL_TAC] THEN
  FIRST_X_ASSUM(MP_TAC o SPEC `k:num`) THEN
  ASM_SIMP_TAC[follows; EL_MAP] THEN
  DISCH_THEN(X_CHOOSE_THEN `q:bool list` (X_CHOOSE_THEN `ds:int64 list`
    (CONJUNCTS_THEN2 MP_TAC ASSUME_TAC))) THEN
  REWRITE_TAC[leads] THEN
  DISCH_THEN(MP_TAC o SPECL [`s:st`; `r:st`; `p1:access list`;
    `p1':access list`; `p2:st`; `p2':st`]) THEN
  ANTS_TAC THENL [ASM_REWRITE_TAC[]; STRIP_TAC] THEN
  UNDISCH_THEN `record_event (program_counter s,MAP address p1) p2 = s'`
    (SUBST1_TAC o SYM) THEN
  UNDISCH_THEN `record_event (program_counter s,MAP address p1') p2' = r'`
    (SUBST1_TAC o SYM) THEN
  ASM_REWRITE_TAC OTHER_PARTS THEN CONJ_TAC THENL
   [ALL_TAC; MESON_TAC[]] THEN
  MATCH_MP_TAC ALIKE_EVENT THEN MATCH_MP_TAC ALIKE_WEAKER THEN
  EXISTS_TAC `q:bool list` THEN ASM_REWRITE_TAC[place] THEN
  REWRITE_TAC OTHER_PARTS THEN
  FIRST_X_ASSUM(MP_TAC o SPEC
    `word_sub (program_counter p2) (program_counter s) : int64` o
    REWRITE_RULE[GSYM ALL_MEM]) THEN
  ASM_REWRITE_TAC[] THEN
  UNDISCH_THEN `word_sub (program_counter s) base : int64 = word (4 * k)`
    (SUBST1_TAC o SYM) THEN
  REWRITE_TAC[WORD_RULE
    `word_add (word_sub a b) (word_sub c a) : int64 = word_sub c b`]);;

let RUN_TOGETHER = prove
 (`!base code public rd wr rd' wr'.
     timed (MAP decode code) public
     ==> !n s r s' r'.
           together base public s r /\
           run base code rd wr n s = SOME s' /\
           run base code rd' wr' n r = SOME r'
           ==> together base public s' r' /\
               ?l. events s' = APPEND l (events s) /\
                   events r' = APPEND l (events r)`,
  REPEAT GEN_TAC THEN DISCH_TAC THEN INDUCT_TAC THEN REPEAT GEN_TAC THEN
  REWRITE_TAC[run; injectivity "option"; BIND_EQ_SOME] THENL
   [STRIP_TAC THEN
    REPEAT(FIRST_X_ASSUM(SUBST_ALL_TAC o SYM o check
      (fun th -> is_eq (concl th) && is_var (rand (concl th))))) THEN
    ASM_REWRITE_TAC[] THEN
    EXISTS_TAC `[]:(int64 # int64 list) list` THEN REWRITE_TAC[APPEND];
    STRIP_TAC THEN
    FIRST_X_ASSUM(MP_TAC o SPECL [`s:st`; `r:st`; `y:st`; `y':st`]) THEN
    ASM_REWRITE_TAC[] THEN STRIP_TAC THEN
    MP_TAC(SPECL [`base:int64`; `code:int32 list`; `public:(bool list) list`;
      `rd:int64->bool`; `wr:int64->bool`; `rd':int64->bool`; `wr':int64->bool`;
      `y:st`; `y':st`; `s':st`; `r':st`] STEP_TOGETHER) THEN
    ASM_REWRITE_TAC[] THEN STRIP_TAC THEN ASM_REWRITE_TAC[] THEN
    EXISTS_TAC `CONS (e:int64 # int64 list) l` THEN
    ASM_REWRITE_TAC[APPEND]]);;

(* ------------------------------------------------------------------------- *)
(* Two runs that come to the same place, where there is no more code.        *)
(* ------------------------------------------------------------------------- *)

let STUCK = prove
 (`!base code rd wr s k.
     fetch base code (program_counter s) = NONE
     ==> run base code rd wr (SUC k) s = NONE`,
  REPEAT GEN_TAC THEN DISCH_TAC THEN SPEC_TAC(`k:num`,`k:num`) THEN
  INDUCT_TAC THEN ONCE_REWRITE_TAC[run] THEN ASM_REWRITE_TAC[bind] THEN
  ASM_REWRITE_TAC[run; bind; step; LET_DEF; LET_END_DEF]);;

let NO_LONGER = prove
 (`!base code public rd wr rd' wr' s r s' r' n m.
     timed (MAP decode code) public /\ together base public s r /\
     run base code rd wr n s = SOME s' /\
     run base code rd' wr' m r = SOME r' /\
     fetch base code (program_counter s') = NONE
     ==> m <= n`,
  REPEAT STRIP_TAC THEN REWRITE_TAC[GSYM NOT_LT] THEN DISCH_TAC THEN
  SUBGOAL_THEN `?k. m = n + SUC k` (CHOOSE_THEN SUBST_ALL_TAC) THENL
   [ASM_MESON_TAC[LT_EXISTS]; ALL_TAC] THEN
  UNDISCH_TAC `run base code rd' wr' (n + SUC k) r = SOME r'` THEN
  REWRITE_TAC[RUN_ADD; BIND_EQ_SOME] THEN
  DISCH_THEN(X_CHOOSE_THEN `u:st` STRIP_ASSUME_TAC) THEN
  MP_TAC(SPECL [`base:int64`; `code:int32 list`; `public:(bool list) list`;
    `rd:int64->bool`; `wr:int64->bool`; `rd':int64->bool`; `wr':int64->bool`]
    RUN_TOGETHER) THEN
  ASM_REWRITE_TAC[] THEN
  DISCH_THEN(MP_TAC o SPECL [`n:num`; `s:st`; `r:st`; `s':st`; `u:st`]) THEN
  ASM_REWRITE_TAC[] THEN REWRITE_TAC[together] THEN
  DISCH_THEN(ASSUME_TAC o last o CONJUNCTS o MATCH_MP ALIKE_READS o CONJUNCT1) THEN
  MP_TAC(SPECL [`base:int64`; `code:int32 list`; `rd':int64->bool`;
    `wr':int64->bool`; `u:st`; `k:num`] STUCK) THEN
  ASM_REWRITE_TAC[distinctness "option"; GSYM (distinctness "option")]);;

let ALIKE_SYM = prove
 (`!p s r. alike p s r ==> alike p r s`,
  REWRITE_TAC[alike] THEN MESON_TAC[]);;

let TOGETHER_SYM = prove
 (`!base public s r. together base public s r ==> together base public r s`,
  REWRITE_TAC[together; place] THEN MESON_TAC[ALIKE_SYM; ALIKE_READS]);;

let SAME_EVENTS = prove
 (`!base code public rd wr rd' wr' s r s' r'.
     timed (MAP decode code) public /\ together base public s r /\
     reaches base code rd wr s s' /\ reaches base code rd' wr' r r' /\
     fetch base code (program_counter s') = NONE /\
     fetch base code (program_counter r') = NONE
     ==> ?l. events s' = APPEND l (events s) /\
             events r' = APPEND l (events r)`,
  REWRITE_TAC[reaches] THEN REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `n':num = n` SUBST_ALL_TAC THENL
   [REWRITE_TAC[GSYM LE_ANTISYM] THEN
    CONJ_TAC THEN MATCH_MP_TAC NO_LONGER THENL
     [MAP_EVERY EXISTS_TAC [`base:int64`; `code:int32 list`;
        `public:(bool list) list`; `rd:int64->bool`; `wr:int64->bool`;
        `rd':int64->bool`; `wr':int64->bool`; `s:st`; `r:st`; `s':st`; `r':st`];
      MAP_EVERY EXISTS_TAC [`base:int64`; `code:int32 list`;
        `public:(bool list) list`; `rd':int64->bool`; `wr':int64->bool`;
        `rd:int64->bool`; `wr:int64->bool`; `r:st`; `s:st`; `r':st`; `s':st`]]
    THEN ASM_REWRITE_TAC[] THEN ASM_MESON_TAC[TOGETHER_SYM];
    MP_TAC(SPECL [`base:int64`; `code:int32 list`; `public:(bool list) list`;
      `rd:int64->bool`; `wr:int64->bool`; `rd':int64->bool`; `wr':int64->bool`]
      RUN_TOGETHER) THEN
    ASM_REWRITE_TAC[] THEN
    DISCH_THEN(MP_TAC o SPECL [`n:num`; `s:st`; `r:st`; `s':st`; `r':st`]) THEN
    ASM_REWRITE_TAC[] THEN SIMP_TAC[]]);;
