(* SPDX-License-Identifier: ISC *)
(* Runs code on symbols, in logic.

   A state's registers are lists of 32 terms each.  For each instruction there is
   one theorem, prepared once, about variables in their places:

     |- reaches base code rd wr s0 (St pc [x0; ..] [v0; ..] f m ev)
        ==> fetch base code pc = SOME w ==> decode w = form ==> ...
        ==> reaches base code rd wr s0 (St pc' [..; r; ..] [..] f m ev')

   A step is an instance of it, and then MP: nothing rewrites the state.  The
   antecedents that stand for dots are, each with a variable of its own in what
   follows:
     address = a           the address, brought to the form base + literal
     within a 16 rd        permissions
     read128 m a = d       what is known of memory
     value = r             what goes to a register, or to memory, as simplified
                           by the rules of the piece that runs

   What is known of memory is a list of theorems |- read128 m a = v, which is
   carried over each write to what is apart. *)

needs "arm_code.ml";;

let num = Num.num_of_int;;

let xvars = map (fun i -> mk_var("x" ^ string_of_int i,`:int64`)) (0--31);;
let vvars = map (fun i -> mk_var("v" ^ string_of_int i,`:int128`)) (0--31);;
let xlist = mk_list(xvars,`:int64`) and vlist = mk_list(vvars,`:int128`);;
let xs_var = `xs:int64 list` and vs_var = `vs:int128 list`;;
let pc_var = `pc:int64` and f_var = `f:flags` and m_var = `m:int64->byte`;;
let ev_var = `ev:(int64 # int64 list) list` and s0_var = `s0:st`;;
let base_var = `base:int64` and code_var = `code:int32 list`;;
let rd_var = `rd:int64->bool` and wr_var = `wr:int64->bool`;;
let state_tm = `St`;;
let mk_state (pc,xs,vs,f,m,ev) = list_mk_comb(state_tm,[pc; xs; vs; f; m; ev]);;

(* ------------------------------------------------------------------------- *)
(* What an instruction does to a state of variables.                         *)
(* ------------------------------------------------------------------------- *)

let SHL_0 = prove
 (`!x:int64. word_shl x 0 = x`,
  REWRITE_TAC[GSYM VAL_EQ; VAL_WORD_SHL; EXP; MULT_CLAUSES] THEN
  SIMP_TAC[MOD_LT; VAL_BOUND]);;

let FORM_OF : (string,thm) Hashtbl.t = Hashtbl.create 64;;
List.iter (fun def ->
  let form = repeat rator (lhs(snd(strip_forall(concl def)))) in
  Hashtbl.add FORM_OF (fst(dest_const form)) def) FORM_DEFINITIONS;;

let PAIRS = [READ_PAIR_LOW; READ_PAIR_HIGH; WRITE_PAIR];;

let symbolic_state = mk_state (pc_var,xs_var,vs_var,f_var,m_var,ev_var);;

(* SP is a multiple of 16; it is an antecedent where it is a base. *)
let sp_is_aligned = `word_and (EL 31 xs) (word 15) : int64 = word 0`;;

(* |- form (St pc xs vs f m ev) = SOME (accesses, St ...) *)
let FORM_CONV form =
  let def = Hashtbl.find FORM_OF (fst(dest_const(repeat rator form))) in
  let th = REWRITE_CONV (def::HELPERS) (mk_comb(form,symbolic_state)) in
  let th = CONV_RULE(RAND_CONV(REWRITE_CONV(
    [sp_aligned; clashes; scaled; unscaled; bit_mask] @ ACCESSORS))) th in
  let th = CONV_RULE(RAND_CONV(DEPTH_CONV(WORD_RED_CONV ORELSEC NUM_RED_CONV)))
    th in
  CONV_RULE(RAND_CONV(REWRITE_CONV
    (SHL_0::ASSUME sp_is_aligned::PAIRS))) th;;

(* The same on literal lists. *)
let EL_X = EL_THEOREMS xlist and EL_V = EL_THEOREMS vlist;;

let el_conv tm =
  match tm with
    Comb(Comb(Const("EL",_),n),l) when l = xlist ->
      EL_X.(Num.int_of_num (dest_numeral n))
  | Comb(Comb(Const("EL",_),n),l) when l = vlist ->
      EL_V.(Num.int_of_num (dest_numeral n))
  | _ -> failwith "el_conv";;

let rec PUT_CONV tm =
  let c0,c1 = CONJ_PAIR put in
  (REWR_CONV c0 ORELSEC
   (RATOR_CONV(RATOR_CONV(RAND_CONV num_CONV)) THENC REWR_CONV c1 THENC
    RAND_CONV PUT_CONV)) tm;;

let rec PUTS_CONV tm =
  match tm with
    Comb(Comb(Comb(Const("put",_),_),_),l) ->
      (RAND_CONV PUTS_CONV THENC PUT_CONV) tm
  | _ -> REFL tm;;

let ON_STATE conv_xs conv_vs =
  RAND_CONV(RAND_CONV(RAND_CONV(RATOR_CONV(RATOR_CONV(RATOR_CONV
    (COMB2_CONV (RAND_CONV conv_xs) conv_vs))))));;

let sp_on_list =
  CONV_RULE(LAND_CONV(RATOR_CONV(RAND_CONV(K (SYM EL_X.(31))))))
    (ASSUME `word_and x31 (word 15) : int64 = word 0`);;

let FORM_THEOREM form =
  let th = INST [xlist,xs_var; vlist,vs_var] (FORM_CONV form) in
  let th = CONV_RULE(RAND_CONV(ONCE_DEPTH_CONV el_conv)) th in
  PROVE_HYP sp_on_list th;;

(* ------------------------------------------------------------------------- *)
(* The prepared theorem.                                                     *)
(* ------------------------------------------------------------------------- *)

let STEP_FORM = prove
 (`reaches base code rd wr s0 s
   ==> fetch base code pc = SOME w ==> decode w = form
   ==> program_counter s = pc
   ==> form s = SOME (acc,t) ==> ALL (permitted rd wr) acc
   ==> reaches base code rd wr s0
         (record_event (pc,MAP address acc) t)`,
  REPEAT DISCH_TAC THEN MATCH_MP_TAC(REWRITE_RULE[IMP_IMP] REACHES_STEP) THEN
  EXISTS_TAC `s:st` THEN
  ASM_REWRITE_TAC[step; LET_DEF; LET_END_DEF; bind]);;

let WITHIN_HALVES = prove
 (`within a 16 s ==> within a 8 s /\ within (word_add a (word 8)) 8 s`,
  REWRITE_TAC[within; WORD_ADD_ASSOC_NUM] THEN REPEAT STRIP_TAC THEN
  FIRST_X_ASSUM MATCH_MP_TAC THEN ASM_ARITH_TAC);;

type antecedent =
    Aligned | Address of term | Permission | Read of term | Value of term;;

type prepared = { theorem : thm; antecedents : antecedent list };;

let rec state_parts tm = snd (strip_comb tm);;

(* Terms of a kind, outermost first where one is inside of another. *)
let parts_that p tm = setify (find_terms p tm);;

let is_read tm = match tm with
    Comb(Comb(Const("read128",_),_),_) | Comb(Comb(Const("read8",_),_),_) -> true
  | _ -> false;;
let is_write tm = match tm with
    Comb(Comb(Comb(Const(("write128"|"write8"),_),_),_),_) -> true
  | _ -> false;;

let prepare form =
  let counter = ref 0 in
  let fresh prefix ty =
    incr counter; mk_var(prefix ^ string_of_int !counter,ty) in
  let th0 = FORM_THEOREM form in
  let order = ref [] in                 (* (antecedent, its term), last first *)
  let note a tm = order := (a,tm) :: !order in
  if hyp th0 <> [] then note Aligned (hd (hyp th0));
  (* t becomes a variable on the right *)
  let abstract kind prefix th t =
    let v = fresh prefix (type_of t) in
    let eq = mk_eq(t,v) in
    note (kind v) eq;
    CONV_RULE (RAND_CONV (SUBS_CONV [ASSUME eq])) th in
  let accesses th = dest_list (fst (dest_pair (rand (rand (concl th))))) in
  let result th = snd (dest_pair (rand (rand (concl th)))) in
  let address_of t = rand (rator t) in
  let is_half l = match l with
      [t; u] -> rand t = `8` && rand u = `8`
    | _ -> false in
  (* addresses *)
  let l = accesses th0 in
  let l = if is_half l then [hd l] else l in
  let addresses = filter (not o is_var) (map address_of l) in
  (* the second of a pair contains the first: it goes first *)
  let th1 = List.fold_left (abstract (fun v -> Address v) "a") th0
    (rev addresses) in
  let l = accesses th1 in
  let permission t size =
    let f,_ = strip_comb t in
    let s = if fst(dest_const f) = "Load" then rd_var else wr_var in
    list_mk_comb(`within`,[address_of t; size; s]) in
  let permissions =
    if is_half l then [permission (hd l) `16`]
    else map (fun t -> permission t (rand t)) l in
  List.iter (note Permission) permissions;
  (* loads *)
  let reads = parts_that is_read (result th1) in
  let th2 = List.fold_left (abstract (fun v -> Read v) "d") th1 reads in
  (* values of registers, and of memory *)
  let th3 = CONV_RULE (ON_STATE PUTS_CONV PUTS_CONV) th2 in
  let values th =
    match state_parts (result th) with
      [pc; xs; vs; f; m; ev] ->
        let written = map (fun t -> rand(rator(rator t))) (find_terms is_write m) in
        filter (fun t -> not (is_var t))
          (pc::dest_list xs @ dest_list vs @ written)
    | _ -> fail() in
  let th4 = List.fold_left (abstract (fun v -> Value v) "r") th3
    (setify (values th3)) in
  (* the step *)
  let state = rand (lhs (concl th4)) in
  let acc,t = dest_pair (rand (rand (concl th4))) in
  let form_tm = form and form_var = mk_var("form",form_ty) in
  let th5 = INST [state,`s:st`; form_tm,form_var; acc,`acc:access list`; t,`t:st`]
    STEP_FORM in
  let th5 = UNDISCH (UNDISCH (UNDISCH th5)) in
  let th6 = MP th5 (EQT_ELIM(REWRITE_CONV[program_counter] (lhand(concl th5)))) in
  let th7 = MP th6 th4 in
  let permitted_th = prove(itlist (curry mk_imp) permissions (lhand(concl th7)),
    REWRITE_TAC[ALL; permitted] THEN
    (if is_half l then MATCH_ACCEPT_TAC WITHIN_HALVES
     else REPEAT DISCH_TAC THEN ASM_REWRITE_TAC[])) in
  let permitted_th = funpow (length permissions) UNDISCH permitted_th in
  let th8 = MP th7 permitted_th in
  let th9 = CONV_RULE (RAND_CONV
    (REWRITE_CONV[record_event; MAP; address])) th8 in
  let antecedents = rev !order in
  let th10 = itlist (fun (_,tm) th -> DISCH tm th) antecedents th9 in
  let rec base_antecedents th =
    let decode_tm = mk_eq(`decode w`,form_tm) in
    let fetch_tm = `fetch base code pc = SOME w` in
    let reach_tm = list_mk_comb(`reaches base code rd wr s0`,[state]) in
    DISCH reach_tm (DISCH fetch_tm (DISCH decode_tm th)) in
  { theorem = base_antecedents th10; antecedents = map fst antecedents };;

let prepared_forms : (term,prepared) Hashtbl.t = Hashtbl.create 2000;;
let prepared form =
  try Hashtbl.find prepared_forms form with Not_found ->
  let p = prepare form in Hashtbl.add prepared_forms form p; p;;

(* ------------------------------------------------------------------------- *)
(* Addresses: base + literal, or base alone where that is 0.                 *)
(* ------------------------------------------------------------------------- *)

let dest_address tm =
  match tm with
    Comb(Comb(Const("word_add",_),p),Comb(Const("word",_),n))
      when is_numeral n -> p,dest_numeral n
  | _ -> tm,(num 0);;

let is_word_literal tm =
  match tm with
    Comb(Const("word",_),n) -> is_numeral n
  | _ -> false;;

let ADD_ADD = WORD_RULE
  `word_add (word_add p c) d : int64 = word_add p (word_add c d)`;;
let ADD_ZERO = WORD_RULE `word_add p (word 0) : int64 = p`;;

let ADD_LITERAL_CONV tm =
  match tm with
    Comb(Comb(Const("word_add",_),
              Comb(Comb(Const("word_add",_),p),c)),d)
      when is_word_literal c && is_word_literal d ->
        let th = INST [p,`p:int64`; c,`c:int64`; d,`d:int64`] ADD_ADD in
        let th = TRANS th (RAND_CONV WORD_ADD_CONV (rand(concl th))) in
        if rand(rand(rand(concl th))) = `0`
        then TRANS th (INST [p,`p:int64`] ADD_ZERO) else th
  | Comb(Comb(Const("word_add",_),p),Comb(Const("word",_),n)) when n = `0` ->
      INST [p,`p:int64`] ADD_ZERO
  | _ -> REFL tm;;

let rec ADDRESS_CONV tm =
  match tm with
    Comb(Comb(Const("word_add",_),Comb(Comb(Const("word_add",_),_),_)),d)
      when is_word_literal d ->
        let th = LAND_CONV ADDRESS_CONV tm in
        TRANS th (ADD_LITERAL_CONV (rand (concl th)))
  | _ -> ADD_LITERAL_CONV tm;;

(* ------------------------------------------------------------------------- *)
(* What is permitted, and what is apart, as regions have it.                 *)
(* ------------------------------------------------------------------------- *)

let WITHIN_PREFIX = prove
 (`!p n s k. within p n s /\ k <= n ==> within p k s`,
  REWRITE_TAC[within] THEN MESON_TAC[LTE_TRANS]);;

let num_le m n =                        (* |- m <= n *)
  EQT_ELIM (NUM_LE_CONV (mk_binop `(<=):num->num->bool` m n));;

(* |- within (word_add q (word c)) k s in canonical form, from |- within q n s *)
let part_of_region th c k =
  let [q; n; s] = snd (strip_comb (concl th)) in
  if c =/ num 0
  then MP (SPECL [q; n; s; k] WITHIN_PREFIX) (CONJ th (num_le k n))
  else
    let c = mk_numeral c in
    let sum = NUM_ADD_CONV (mk_binop `(+):num->num->num` c k) in
    let small = CONV_RULE (LAND_CONV (K (SYM sum)))
                          (num_le (rand(concl sum)) n) in
    CONV_RULE (RATOR_CONV (LAND_CONV ADDRESS_CONV))
      (MP (SPECL [q; n; s; c; k] WITHIN_PART) (CONJ th small));;

(* regions: theorems |- within (p + d) n s.  |- within (p + c) k s, from the
   first that holds it *)
let permission_from regions tm =
  let [a; k; s] = snd (strip_comb tm) in
  let p,c = dest_address a in
  let fits th =
    let [q; n; t] = snd (strip_comb (concl th)) in
    let q,d = dest_address q in
    q = p && t = s && d <=/ c &&
    c +/ dest_numeral k <=/ d +/ dest_numeral n in
  let th = try find fits regions with Failure _ ->
    failwith ("no permission: " ^ string_of_term tm) in
  let _,d = dest_address (lhand(rator(concl th))) in
  part_of_region th (c -/ d) k;;

let apart_same : (num * num * num * num,thm) Hashtbl.t = Hashtbl.create 1000;;
let apart_in_region p c k d l =
  let th = try Hashtbl.find apart_same (c,k,d,l) with Not_found ->
    let th = SPECL (`p:int64`::map mk_numeral [c; k; d; l]) APART_SAME in
    let holds = EQT_ELIM (NUM_REDUCE_CONV (lhand(concl th))) in
    let th = REWRITE_RULE[ADD_ZERO] (MP th holds) in
    Hashtbl.add apart_same (c,k,d,l) th; th in
  INST [p,`p:int64`] th;;

(* aparts: theorems |- apart (p + u) m (q + v) n.  |- apart (p + c) k (q + d) l,
   from the first that holds both *)
let apart_from aparts a k b l =
  let p,c = dest_address a and q,d = dest_address b in
  if p = q then apart_in_region p c k d l else
  let fits th =
    let [p'; m; q'; n] = snd (strip_comb (concl th)) in
    let p',u = dest_address p' and q',v = dest_address q' in
    p' = p && q' = q && u <=/ c && c +/ k <=/ u +/ dest_numeral m &&
    v <=/ d && d +/ l <=/ v +/ dest_numeral n in
  let th = try find fits aparts with Failure _ ->
           find fits (map (MATCH_MP APART_SYM) aparts) in
  let [p'; m; q'; n] = snd (strip_comb (concl th)) in
  let u = snd (dest_address p') and v = snd (dest_address q') in
  let part = SPECL [p'; m; q'; n; mk_numeral (c -/ u); mk_numeral k;
                    mk_numeral (d -/ v); mk_numeral l] APART_PARTS in
  let inside = EQT_ELIM (NUM_REDUCE_CONV (rand(lhand(concl part)))) in
  CONV_RULE
    (COMB2_CONV (RATOR_CONV (LAND_CONV ADDRESS_CONV) THENC
                 RAND_CONV ADDRESS_CONV) REFL)
    (MP part (CONJ th inside));;

(* ------------------------------------------------------------------------- *)
(* A step, and many.                                                         *)
(* ------------------------------------------------------------------------- *)

type context =
  { code : code;
    permission : term -> thm;           (* |- within a k s *)
    aparts : thm list;                  (* |- apart p m q n *)
    aligned : term -> thm;              (* |- word_and sp (word 15) = word 0 *)
    decided : thm list;                 (* what is known of conditions *)
    simplify : conv };;

type running = { reach : thm; facts : (term * thm) list };;

let READ_APART = SPEC_ALL READ_WRITE_APART and READ_AT = SPEC_ALL READ_WRITE;;
let sixteen_num = num 16;;

(* What is known of memory m after a write. *)
let after_write context facts tm =
  let [v; m; a] = snd (strip_comb tm) in
  let env = [v,`v:int128`; m,m_var; a,`a:int64`] in
  let carried (b,th) =
    if b = a then None else
    try let apart = apart_from context.aparts a sixteen_num b sixteen_num in
        Some (b,TRANS (MP (INST ((b,`b:int64`)::env) READ_APART) apart) th)
    with Failure _ -> None in
  (a,INST env READ_AT)::List.filter_map carried facts;;

let rec after_writes context facts m old =
  if m == old || m = old then facts else
  if fst(dest_const(fst(strip_comb m))) = "write128" then
    after_write context (after_writes context facts (rand(rator m)) old) m
  else [];;

let is_literal_op tm = is_comb tm && forall is_word_literal (snd (strip_comb tm));;

(* if c then a else b, where c may be known *)
let CONDITION_CONV context tm =
  let decide = TRY_CONV
    (DEPTH_CONV WORD_RED_CONV THENC REWRITE_CONV context.decided) in
  let choose = REWR_CONV COND_T ORELSEC REWR_CONV COND_F in
  (RATOR_CONV (LAND_CONV decide) THENC
   ((choose THENC ADDRESS_CONV) ORELSEC
    COMB2_CONV (RAND_CONV ADDRESS_CONV) ADDRESS_CONV)) tm;;

(* A value, as short as it can be said. *)
let VALUE_CONV context tm =
  if is_cond tm then CONDITION_CONV context tm else
  if is_literal_op tm then (WORD_RED_CONV ORELSEC context.simplify) tm else
  let th = ADDRESS_CONV tm in
  if rand (concl th) = tm then context.simplify tm else th;;

let pc_of running = hd (state_parts (rand (concl running.reach)));;
let index_of pc =
  match dest_address pc with
    p,n when p = base_var -> Num.int_of_num (quo_num n (num 4))
  | _ -> failwith "index_of";;

let STEP context running =
  let s0 = lhand (concl running.reach) in
  let [pc; xs; vs; f; m; ev] = state_parts (rand (concl running.reach)) in
  let k = index_of pc in
  let fetched = context.code.fetched k and decoded = context.code.decoded.(k) in
  let { theorem = theorem; antecedents = antecedents } =
    prepared (rand (concl decoded)) in
  let env = [pc,pc_var; f,f_var; m,m_var; ev,ev_var; s0,s0_var;
             context.code.constant,code_var; rand(rand(concl fetched)),`w:int32`]
    @ zip (dest_list xs) xvars @ zip (dest_list vs) vvars in
  let rec go antecedents body env proofs =
    match antecedents with
      [] -> env,rev proofs
    | one::rest ->
        let tm = vsubst env (lhand body) in
        let known v th = go rest (rand body) ((rand(concl th),v)::env) (th::proofs) in
        let given th = go rest (rand body) env (th::proofs) in
        match one with
          Aligned -> given (context.aligned tm)
        | Permission -> given (context.permission tm)
        | Address v -> known v (ADDRESS_CONV (lhs (lhand body) |> vsubst env))
        | Read v ->
            let t = vsubst env (lhs (lhand body)) in
            let fact = try assoc (rand t) running.facts with Failure _ -> REFL t in
            known v (if lhs (concl fact) = t then fact else REFL t)
        | Value v -> known v (VALUE_CONV context (vsubst env (lhs (lhand body)))) in
  let body = rand (rand (rand (concl theorem))) in
  let env,proofs = go antecedents body env [] in
  let th = MP (MP (MP (INST env theorem) running.reach) fetched) decoded in
  let reach = List.fold_left MP th proofs in
  let m' = el 4 (state_parts (rand (concl reach))) in
  { reach = reach; facts = after_writes context running.facts m' m };;

(* Until a branch that is not decided, a return, or an index in stops.  The longest
   run of the engine takes some 1,400 steps; code that is wrong may have no end. *)
let RUN context stops =
  let rec go left running =
    if left = 0 then failwith "RUN: no end" else
    let next = STEP context running in
    match (try Some (index_of (pc_of next)) with Failure _ -> None) with
      Some k when not (mem k stops) -> go (left - 1) next
    | _ -> next in
  go 1500;;
