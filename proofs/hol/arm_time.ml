(* SPDX-License-Identifier: ISC *)
(* Time: the events of a code are a function of its public arguments.

     TOGETHER code l   |- two calls of code with the same in the registers l,
                       whatever else they have, cause the same events up to its
                       end
     TIME              what a specification such as runs_units says of a body, its
                       events included

   What is public at each instruction is computed here, and the kernel checks it.
   No other invariant is needed: that a call comes to the end is proved elsewhere. *)

needs "arm_together.ml";;

(* ------------------------------------------------------------------------- *)
(* What is public at each instruction of a code.                             *)
(* ------------------------------------------------------------------------- *)

let BOOL_EL_CONV =
  let first,later = CONJ_PAIR(prove
   (`EL 0 (CONS (h:bool) t) = h /\ EL (SUC n) (CONS (h:bool) t) = EL n t`,
    REWRITE_TAC[EL; HD; TL])) in
  let rec conv tm =
    (REWR_CONV first ORELSEC
     (RATOR_CONV (RAND_CONV num_CONV) THENC REWR_CONV later THENC conv)) tm in
  conv;;

(* What a theorem of LEADS says where p is literal. *)
let PUBLIC_CONV =
  REWRITE_CONV [known; learn] THENC
  DEPTH_CONV
   (NUM_LT_CONV ORELSEC NUM_EQ_CONV ORELSEC BOOL_EL_CONV ORELSEC PUT_CONV ORELSEC
    GEN_REWRITE_CONV I [COND_CLAUSES; AND_CLAUSES; OR_CLAUSES]);;

(* By a number, since the hash of a long list is that of its beginning. *)
let bits_of l = itlist (fun b n -> 2 * n + (if b then 1 else 0)) l 0;;
let made_once table key make =
  try Hashtbl.find table key with Not_found ->
  let x = make () in Hashtbl.add table key x; x;;

let mk_public =
  let made = Hashtbl.create 64 in
  fun l -> made_once made (bits_of l) (fun () ->
    mk_list(map (fun b -> if b then `T` else `F`) l,`:bool`));;
let dest_public tm = map ((=) `T`) (dest_list tm);;

(* |- leads form p q ds *)
let LEADS_AT =
  let made = Hashtbl.create 2000 in
  let prove_leads form l =
    let p = mk_public l in
    let th = try assoc (fst (dest_const (repeat rator form))) LEADS
      with Failure _ -> failwith ("no time is known of " ^ string_of_term form) in
    let rec conclusion tm = if is_imp tm then conclusion (rand tm) else tm in
    let pattern = rand (funpow 3 rator (conclusion (concl th))) in
    let th = INST [p,`p:bool list`]
      (INSTANTIATE (term_match [] pattern form) th) in
    let rec met th =
      if not (is_imp (concl th)) then th else
      let holds = PUBLIC_CONV (lhand (concl th)) in
      if rand (concl holds) <> `T` then
        failwith ("time depends on a secret: " ^ string_of_term form)
      else met (MP th (EQT_ELIM holds)) in
    CONV_RULE (RATOR_CONV (RAND_CONV PUBLIC_CONV)) (met th) in
  fun form l ->
    made_once made (bits_of l,form) (fun () -> prove_leads form l);;

let public_after th = rand (rator (concl th));;
let distances_of th = rand (concl th);;

(* |- val (word_add (word (4 * k)) d) DIV 4 = j, for each of distances ds.  The
   next instruction's has a lemma, since words are slow to add. *)
let NEXT_PLACE = CONV_RULE NUM_REDUCE_CONV (prove
 (`!k j. SUC k = j ==> k < 2 EXP 60
         ==> val (word_add (word (4 * k)) (word 4) : int64) DIV 4 = j`,
  REPEAT GEN_TAC THEN DISCH_THEN(SUBST1_TAC o SYM) THEN DISCH_TAC THEN
  SUBGOAL_THEN `4 * SUC k < 2 EXP 64` ASSUME_TAC THENL
   [ASM_ARITH_TAC; ALL_TAC] THEN
  REWRITE_TAC[GSYM WORD_ADD; ARITH_RULE `4 * k + 4 = 4 * SUC k`] THEN
  ASM_SIMP_TAC[VAL_WORD; DIMINDEX_64; MOD_LT; DIV_MULT; ARITH_EQ]));;

let PLACES k ds =
  let k = mk_small_numeral k in
  map (fun d ->
    if d = `word 4:int64` then
      let next = NUM_SUC_CONV (mk_comb(`SUC`,k)) in
      let th = MP (SPECL [k; rand (concl next)] NEXT_PLACE) next in
      MP th (EQT_ELIM (NUM_LT_CONV (lhand (concl th))))
    else
      DEPTH_CONV (WORD_RED_CONV ORELSEC NUM_RED_CONV)
        (vsubst [k,`k:num`; d,`d:int64`]
          `val (word_add (word (4 * k)) d : int64) DIV 4`)) (dest_list ds);;

(* For each instruction, and for the end: what is public there where these
   registers are in the beginning; and the theorems that say so. *)
let find_public code registers =
  let n = Array.length code.decoded in
  let found = Array.make (n + 1) None and steps = Array.make n None in
  let rec visit k l =
    if k > n then failwith "a branch leaves the code";
    let l = match found.(k) with None -> l | Some m -> map2 (&&) l m in
    if found.(k) <> Some l then
     (found.(k) <- Some l;
      if k < n then
        let leads = LEADS_AT (rand (concl code.decoded.(k))) l in
        let places = match steps.(k) with
            Some (_,places) -> places
          | None -> PLACES k (distances_of leads) in
        steps.(k) <- Some (leads,places);
        List.iter (fun th ->
          visit (Num.int_of_num (dest_numeral (rand (concl th))))
                (dest_public (public_after leads))) places) in
  visit 0 (map (fun i -> mem i registers) (0--32));
  let get = function Some x -> x | None -> failwith "code that is not reached" in
  Array.map get found,Array.map get steps;;

let WEAKER =
  let made = Hashtbl.create 64 in
  fun r q -> made_once made (bits_of r,bits_of q) (fun () ->
    prove(list_mk_comb(`weaker`,[mk_public r; mk_public q]),
      REWRITE_TAC[weaker; LENGTH; ALL2] THEN CONV_TAC NUM_REDUCE_CONV));;

let FOLLOWS_ONE = prove
 (`EL k fs = form ==> EL k public = p ==> leads form p q [d]
   ==> val (word_add (word (4 * k)) d : int64) DIV 4 = j
   ==> EL j public = r ==> weaker r q ==> follows fs public k`,
  REPEAT DISCH_TAC THEN REWRITE_TAC[follows] THEN
  MAP_EVERY EXISTS_TAC [`q:bool list`; `[d:int64]`] THEN
  ASM_REWRITE_TAC[ALL]);;

let FOLLOWS_TWO = prove
 (`EL k fs = form ==> EL k public = p ==> leads form p q [d; e]
   ==> val (word_add (word (4 * k)) d : int64) DIV 4 = j
   ==> EL j public = r ==> weaker r q
   ==> val (word_add (word (4 * k)) e : int64) DIV 4 = i
   ==> EL i public = t ==> weaker t q ==> follows fs public k`,
  REPEAT DISCH_TAC THEN REWRITE_TAC[follows] THEN
  MAP_EVERY EXISTS_TAC [`q:bool list`; `[d:int64; e]`] THEN
  ASM_REWRITE_TAC[ALL]);;

let BELOW_0,BELOW_SUC = CONJ_PAIR (prove
 (`(!i. i < 0 ==> follows fs public i) /\
   ((!i. i < k ==> follows fs public i) ==> follows fs public k ==> SUC k = m
    ==> !i. i < m ==> follows fs public i)`,
  REWRITE_TAC[LT] THEN REPEAT DISCH_TAC THEN
  POP_ASSUM(SUBST1_TAC o SYM) THEN ASM_MESON_TAC[LT]));;

(* |- EL k of a constant or of what listing says, for all k *)
let ELEMENTS defined =
  Array.map (fun th -> TRANS (AP_TERM (rator (lhs (concl th))) defined) th)
    (EL_THEOREMS (rand (concl defined)));;

(* |- timed (MAP decode code) public, and what public is at first *)
let TIMED code registers =
  let public,steps = find_public code registers in
  let name = fst (dest_const code.constant) ^ "_public" in
  let defined = new_definition (mk_eq(mk_var(name,`:(bool list) list`),
    mk_list(map mk_public (Array.to_list public),`:bool list`))) in
  let constant = lhs (concl defined) and fs = lhs (concl code.listing) in
  let forms = ELEMENTS code.listing and publics = ELEMENTS defined in
  let inst = INST [fs,`fs:(st->(access list # st) option) list`;
                   constant,`public:(bool list) list`] in
  let one = inst FOLLOWS_ONE and two = inst FOLLOWS_TWO
  and below_suc = inst BELOW_SUC in
  let form_var = mk_var("form",form_ty) in
  let follow k =
    let leads,places = steps.(k) in
    let q = public_after leads in
    let given = [forms.(k); publics.(k); leads] in
    let lead th =
      let j = Num.int_of_num (dest_numeral (rand (concl th))) in
      [th; publics.(j); WEAKER public.(j) (dest_public q)] in
    let env = [mk_small_numeral k,`k:num`; rand (concl forms.(k)),form_var;
               mk_public public.(k),`p:bool list`; q,`q:bool list`] in
    let to_env [place; at; _] (d,j,r) =
      [rand (rand (lhand (lhs (concl place)))),d; rand (concl place),j;
       rand (concl at),r] in
    let first = (`d:int64`,`j:num`,`r:bool list`)
    and second = (`e:int64`,`i:num`,`t:bool list`) in
    match map lead places with
      [l] -> List.fold_left MP (INST (env @ to_env l first) one) (given @ l)
    | [l; m] -> List.fold_left MP
        (INST (env @ to_env l first @ to_env m second) two) (given @ l @ m)
    | _ -> failwith "TIMED" in
  let n = Array.length code.decoded in
  let rec go k th =
    if k = n then th else
    let k_tm = mk_small_numeral k in
    let next = NUM_SUC_CONV (mk_comb(`SUC`,k_tm)) in
    let step = INST [k_tm,`k:num`; rand (concl next),`m:num`] below_suc in
    go (k + 1) (MP (MP (MP step th) (follow k)) next) in
  let below = go 0 (inst BELOW_0) in
  prove(list_mk_comb(`timed`,[fs; constant]),
    REWRITE_TAC[timed; LENGTH_MAP; code.length] THEN ACCEPT_TAC below),
  publics.(0);;

(* ------------------------------------------------------------------------- *)
(* Two calls.                                                                *)
(* ------------------------------------------------------------------------- *)

let FETCH_NONE = prove
 (`!base code n.
     LENGTH code = n ==> n < 2 EXP 60
     ==> fetch base code (word_add base (word (4 * n))) = NONE`,
  REPEAT STRIP_TAC THEN
  REWRITE_TAC[fetch; WORD_RULE `word_sub (word_add a b) a = b`; LET_DEF;
              LET_END_DEF] THEN
  SUBGOAL_THEN `val (word (4 * n) : int64) = 4 * n` SUBST1_TAC THENL
   [REWRITE_TAC[VAL_WORD; DIMINDEX_64] THEN MATCH_MP_TAC MOD_LT THEN
    ASM_ARITH_TAC;
    ASM_SIMP_TAC[DIV_MULT; MOD_MULT; ARITH_RULE `~(4 = 0)`; LT_REFL]]);;

let same_events = `?l. events s' = APPEND l (events s) /\
                       events r' = APPEND l (events r)`;;

let TOGETHER code registers =
  let timed_th,first = TIMED code registers in
  let n = Array.length code.decoded in
  let nothing =
    let th = MP (SPECL [base_var; code.constant; mk_small_numeral n] FETCH_NONE)
      code.length in
    CONV_RULE NUM_REDUCE_CONV
      (MP th (EQT_ELIM (NUM_REDUCE_CONV (lhand (concl th))))) in
  let ends = rand (lhs (concl nothing)) in
  let equal i = subst [mk_small_numeral i,`i:num`] `xsp i r = xsp i s` in
  let goal = subst [code.constant,code_var; ends,`ends:int64`;
                    list_mk_conj (map equal registers),`equal:bool`;
                    same_events,`same_events:bool`]
   `whole s /\ whole r /\ program_counter s = base /\
    program_counter r = base /\ equal /\
    reaches base code rd wr s s' /\ reaches base code rd' wr' r r' /\
    program_counter s' = ends /\ program_counter r' = ends
    ==> same_events` in
  prove(list_mk_forall([base_var; rd_var; wr_var; `rd':int64->bool`;
      `wr':int64->bool`; `s:st`; `r:st`; `s':st`; `r':st`],goal),
    REPEAT STRIP_TAC THEN MATCH_MP_TAC SAME_EVENTS THEN
    MAP_EVERY EXISTS_TAC [base_var; code.constant;
      rand (concl timed_th); rd_var; wr_var; `rd':int64->bool`;
      `wr':int64->bool`] THEN
    ASM_REWRITE_TAC[timed_th; nothing] THEN
    REWRITE_TAC[together; place] THEN
    ASM_REWRITE_TAC[WORD_RULE `word_sub a a : int64 = word 0`; VAL_WORD_0;
                    ARITH_RULE `0 DIV 4 = 0`; first] THEN
    REWRITE_TAC[alike] THEN REPEAT CONJ_TAC THENL
     [ASM_REWRITE_TAC[]; ASM_REWRITE_TAC[];
      REWRITE_TAC[LENGTH] THEN CONV_TAC NUM_REDUCE_CONV;
      ASM_REWRITE_TAC[];
      CONV_TAC EXPAND_CASES_CONV THEN CONV_TAC(DEPTH_CONV BOOL_EL_CONV) THEN
      ASM_REWRITE_TAC[];
      CONV_TAC(DEPTH_CONV BOOL_EL_CONV) THEN REWRITE_TAC[]]);;

(* ------------------------------------------------------------------------- *)
(* Events as a function.                                                     *)
(* ------------------------------------------------------------------------- *)

(* A relation of states before and after, which is such for any two, has one list
   of events. *)
let ONE_TRACE = prove
 (`!G. (!s r s' r'. G s s' /\ G r r'
                    ==> ?l. events s' = APPEND l (events s) /\
                            events r' = APPEND l (events r))
       ==> !s s'. G s s'
                  ==> events s' =
                      APPEND (@l. ?r r'. G r r' /\
                                         events r' = APPEND l (events r))
                             (events s)`,
  REPEAT STRIP_TAC THEN
  SUBGOAL_THEN `?l r r'. G r r' /\ events r' = APPEND l (events r)`
    (MP_TAC o SELECT_RULE) THENL [ASM_MESON_TAC[]; ALL_TAC] THEN
  ABBREV_TAC `k = @l. ?r r'. G r r' /\ events r' = APPEND l (events r)` THEN
  POP_ASSUM(K ALL_TAC) THEN STRIP_TAC THEN
  FIRST_X_ASSUM(MP_TAC o SPECL [`s:st`; `r:st`; `s':st`; `r':st`]) THEN
  ASM_REWRITE_TAC[APPEND_RCANCEL] THEN MESON_TAC[]);;

(* What spec, such as expands, says of a body, from a theorem that says it but for
   the events (said_of_body), and from TOGETHER. *)
let TIME together spec body_th =
  let trace,says = dest_exists (rand (concl (SPEC_ALL spec))) in
  let args = snd (strip_comb (find_term (fun tm ->
    not (can dest_fun_ty (type_of tm)) && fst (strip_comb tm) = trace) says)) in
  let vars,implies = strip_forall (concl body_th) in
  let pre,ends = dest_imp implies in
  let after,post = dest_exists ends in
  let before = `s:st` in
  let rest = subtract vars (before::args) in
  let relation =
    list_mk_abs([before; after],list_mk_exists(rest,mk_conj(pre,post))) in
  let one = SPEC relation ONE_TRACE in
  let same = prove(lhand (concl one),
    CONV_TAC(DEPTH_CONV BETA_CONV) THEN REPEAT STRIP_TAC THEN
    MATCH_MP_TAC together THEN
    MAP_EVERY EXISTS_TAC [base_var; rd_var; wr_var; `rd':int64->bool`;
                          `wr':int64->bool`] THEN
    ASM_REWRITE_TAC[]) in
  let one = SPECL [before; after] (MP one same) in
  let choice = list_mk_abs(args,lhand (rand (rand (concl one)))) in
  let chosen = list_mk_comb(choice,args) in
  let pre_th = ASSUME pre and post_th = ASSUME post in
  let related = EQ_MP (SYM (BETAS_CONV (lhand (concl one))))
    (itlist SIMPLE_EXISTS rest (CONJ pre_th post_th)) in
  let events_th = CONV_RULE
    (RAND_CONV (LAND_CONV (K (SYM (BETAS_CONV chosen))))) (MP one related) in
  let all = end_itlist CONJ (CONJUNCTS post_th @ [events_th]) in
  let th = CHOOSE (after,MP (SPECL vars body_th) pre_th)
    (SIMPLE_EXISTS after all) in
  let with_trace = subst [list_mk_comb(trace,args),chosen] (concl all) in
  EXISTS (mk_exists(trace,list_mk_forall(vars,
            mk_imp(pre,mk_exists(after,with_trace)))),choice)
    (GENL vars (DISCH pre th));;
