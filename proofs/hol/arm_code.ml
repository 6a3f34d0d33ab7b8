(* SPDX-License-Identifier: ISC *)
(* A function's bytes in logic: fetched and decoded, once for each word.

     define_code NAME words      defines the constant NAME as the list of words,
                                 and gives
       defined   |- NAME = [word ..; ...]
       length    |- LENGTH NAME = n
       listing   |- MAP decode NAME = [form; ...]: what each word is.  That none
                 is unknown can be seen there, and is checked
       fetched k |- fetch base NAME (word_add base (word 4k)) = SOME w; made when
                 it is asked for
       decoded   |- decode w = form, for each k *)

needs "arm_memory.ml";;

type code =
  { constant : term; defined : thm; length : thm; listing : thm;
    fetched : int -> thm; decoded : thm array };;

(* The list without its first n elements. *)
let past = define
 `past 0 (l:A list) = l /\
  past (SUC n) l = TL (past n l)`;;

let PAST_TL = prove
 (`!n l:A list. past n (TL l) = TL (past n l)`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[past]);;

let EL_PAST = prove
 (`!n l:A list. EL n l = HD (past n l)`,
  INDUCT_TAC THEN ASM_REWRITE_TAC[EL; past; PAST_TL]);;

let PEEL = prove
 (`!l:A list n m a t.
     past n l = CONS a t ==> SUC n = m ==> EL n l = a /\ past m l = t`,
  REPEAT GEN_TAC THEN DISCH_TAC THEN DISCH_THEN(SUBST1_TAC o SYM) THEN
  ASM_REWRITE_TAC[EL_PAST; past; HD; TL]);;

(* |- EL k l = l_k for all elements of a literal list, in time linear in their
   number *)
let EL_THEOREMS literal =
  let ty = hd (snd (dest_type (type_of literal))) in
  let a = mk_var("a",ty) and t = mk_var("t",type_of literal) in
  let l = mk_var("l",type_of literal) in
  let peel = SPECL [l; `n:num`; `m:num`; a; t] (INST_TYPE [ty,`:A`] PEEL) in
  let rec go k th =
    let rest = rand(concl th) in
    if not (is_cons rest) then [] else
    let head,tail = dest_cons rest in
    let k_tm = mk_small_numeral k in
    let th' = INST [k_tm,`n:num`; mk_small_numeral (k + 1),`m:num`;
                    literal,l; head,a; tail,t] peel in
    let el,past = CONJ_PAIR
      (MP (MP th' th) (NUM_SUC_CONV (mk_comb(`SUC`,k_tm)))) in
    el::go (k + 1) past in
  Array.of_list (go 0 (ISPEC literal (GEN_ALL(CONJUNCT1 past))));;

let LENGTH_CONS = prove
 (`!h (t:A list) n m. LENGTH t = n ==> SUC n = m ==> LENGTH (CONS h t) = m`,
  SIMP_TAC[LENGTH]);;

let MAP_CONS = prove
 (`!(f:A->B) h t a b.
     MAP f t = b ==> f h = a ==> MAP f (CONS h t) = CONS a b`,
  SIMP_TAC[MAP]);;

let FETCH = prove
 (`!base code n k.
     LENGTH code = n ==> k < n ==> n < 2 EXP 60
     ==> fetch base code (word_add base (word (4 * k))) = SOME (EL k code)`,
  REPEAT STRIP_TAC THEN
  REWRITE_TAC[fetch; WORD_RULE `word_sub (word_add a b) a = b`; LET_DEF;
              LET_END_DEF] THEN
  SUBGOAL_THEN `val (word (4 * k) : int64) = 4 * k` SUBST1_TAC THENL
   [REWRITE_TAC[VAL_WORD; DIMINDEX_64] THEN MATCH_MP_TAC MOD_LT THEN
    ASM_ARITH_TAC;
    ASM_SIMP_TAC[DIV_MULT; MOD_MULT; ARITH_RULE `~(4 = 0)`]]);;

let VAL_MASK k = CONV_RULE NUM_REDUCE_CONV     (* |- val (word_and x mask) = .. *)
  (ISPECL [`x:int64`; mk_small_numeral k] VAL_WORD_AND_MASK_WORD);;

let word_literal n = mk_comb(`word:num->int32`,mk_small_numeral n);;

let decoded_words : (int,thm) Hashtbl.t = Hashtbl.create 2000;;
let decoded_word n =
  try Hashtbl.find decoded_words n with Not_found ->
  let th = DECODE_CONV (mk_comb(`decode`,word_literal n)) in
  Hashtbl.add decoded_words n th; th;;

(* For each word w the length of a list, and what it decodes to, from those of
   the list after it.  By instances: a match would compare whole lists. *)
let LENGTH_NIL = CONJUNCT1 (INST_TYPE [`:int32`,`:A`] LENGTH);;
let length_cons =
  let lemma = SPECL [`h:int32`; `t:int32 list`; `n:num`; `m:num`]
    (INST_TYPE [`:int32`,`:A`] LENGTH_CONS) in
  fun w th ->
    let t = rand(lhs(concl th)) and n = rand(concl th) in
    let next = NUM_SUC_CONV (mk_comb(`SUC`,n)) in
    MP (MP (INST [word_literal w,`h:int32`; t,`t:int32 list`; n,`n:num`;
                  rand(concl next),`m:num`] lemma) th) next;;

let form_ty = `:st->(access list # st) option`;;
let MAP_NIL = ISPEC `decode` (GEN_ALL (CONJUNCT1 MAP));;
let map_cons =
  let b = mk_var("b",mk_type("list",[form_ty])) and a = mk_var("a",form_ty) in
  let lemma = SPECL [`h:int32`; `t:int32 list`; a; b]
    (ISPEC `decode` MAP_CONS) in
  fun w form th ->
    let t = rand(lhs(concl th)) in
    MP (MP (INST [word_literal w,`h:int32`; t,`t:int32 list`;
                  rand(concl th),b; rand(concl form),a] lemma) th) form;;

let define_code name words =
  let literal = mk_list(map word_literal words,`:int32`) in
  let def = new_definition (mk_eq(mk_var(name,`:int32 list`),literal)) in
  let constant = lhs(concl def) in
  let decoded = map decoded_word words in
  if exists (fun th -> rand(concl th) = `unknown`) decoded then
    failwith ("define_code: a word of " ^ name ^ " is unknown");
  let length_th = itlist length_cons words LENGTH_NIL in
  let listing = itlist2 map_cons words decoded MAP_NIL in
  let n = rand(concl length_th) in
  let length_th = CONV_RULE (LAND_CONV (RAND_CONV (K (SYM def)))) length_th in
  let els = lazy (EL_THEOREMS literal) in
  let small = EQT_ELIM (NUM_REDUCE_CONV
    (mk_binop `(<):num->num->bool` n `2 EXP 60`)) in
  let fetch_lemma = SPECL [`base:int64`; constant; n; `k:num`] FETCH in
  let fetch_of k =
    let el = (Lazy.force els).(k) in
    let el = TRANS (AP_TERM (rator(lhs(concl el))) def) el in
    let k_tm = mk_small_numeral k in
    let th = MP (INST [k_tm,`k:num`] fetch_lemma) length_th in
    let th = MP th (EQT_ELIM (NUM_LT_CONV (lhand(concl th)))) in
    CONV_RULE (BINOP2_CONV (RAND_CONV (RAND_CONV (RAND_CONV NUM_MULT_CONV)))
                           (RAND_CONV (K el))) (MP th small) in
  let fetched = Array.init (length words) (fun k -> lazy (fetch_of k)) in
  { constant = constant; defined = def; length = length_th;
    listing = CONV_RULE (LAND_CONV (RAND_CONV (K (SYM def)))) listing;
    fetched = (fun k -> Lazy.force fetched.(k));
    decoded = Array.of_list decoded };;
