(* SPDX-License-Identifier: ISC *)
(* Runs definitions on numbers, as OCaml: so fast that a model in logic can be
   tried on as many random states as one written in another language.

     evaluate tm        the value of a closed term

   A constant means what its definition says, which is compiled from the theorem
   itself: evaluate_by takes theorems |- !x y. c x y = t and the clauses of
   recursive definitions.  Arithmetic on numbers and words is not taken to
   pieces: PRIMITIVES has it in OCaml, and check_primitives tries each of these
   beside what the kernel proves of random numbers. *)

type value =
    Number of num                       (* a num, an int or a word's val *)
  | Truth of bool
  | Data of string * value list         (* a constructor and its arguments *)
  | Function of (value -> value);;

let number = function Number n -> n | _ -> failwith "evaluate: no number";;
let truth = function Truth b -> b | _ -> failwith "evaluate: no truth value";;
let apply f x =
  match f with Function g -> g x | _ -> failwith "evaluate: no function";;

let rec same v w =
  match v,w with
    Number a,Number b -> a =/ b
  | Truth a,Truth b -> a = b
  | Data(c,l),Data(d,k) -> c = d && List.length l = List.length k &&
                           List.for_all2 same l k
  | _ -> failwith "evaluate: = of functions";;

(* ------------------------------------------------------------------------- *)
(* Words.                                                                    *)
(* ------------------------------------------------------------------------- *)

let num = Num.num_of_int;;
let two_to n = power_num (num 2) (num n);;

(* dimindex of :N word *)
let width ty =
  match ty with
    Tyapp("word",[n]) -> Num.int_of_num (dest_finty n)
  | _ -> failwith "evaluate: not a word";;

let signed w n = if n </ two_to (w - 1) then n else n -/ two_to w;;
let modulo w n = mod_num n (two_to w);;         (* never negative *)

let logical f a b =
  let rec go a b =
    if a =/ num 0 && b =/ num 0 then num 0 else
    let limb = num 0x1000000 in
    let low = f (Num.int_of_num (mod_num a limb))
                (Num.int_of_num (mod_num b limb)) in
    num low +/ limb */ go (quo_num a limb) (quo_num b limb) in
  go a b;;

(* ------------------------------------------------------------------------- *)
(* The primitives, by name and type.                                         *)
(* ------------------------------------------------------------------------- *)

let rec curried n f args =
  if n = 0 then f (List.rev args)
  else Function (fun x -> curried (n - 1) f (x::args));;

let fun1 f = curried 1 (function [a] -> f a | _ -> fail()) [];;
let fun2 f = curried 2 (function [a;b] -> f a b | _ -> fail()) [];;
let numbers f = fun2 (fun a b -> Number (f (number a) (number b)));;
let compares f = fun2 (fun a b -> Truth (f (number a) (number b)));;
let truths f = fun2 (fun a b -> Truth (f (truth a) (truth b)));;

let domain ty = fst (dest_fun_ty ty);;
let codomain ty = snd (dest_fun_ty ty);;

let subtract a b = if a </ b then num 0 else a -/ b;;

let PRIMITIVES : (string * (hol_type -> value)) list =
  let word_binary f = fun ty -> let w = width (domain ty) in
    numbers (fun a b -> modulo w (f a b)) in
  let shift f = fun ty -> let w = width (domain ty) in
    numbers (fun a n -> f w a (Num.int_of_num n)) in
  [("SUC",fun _ -> fun1 (fun n -> Number (number n +/ num 1)));
   ("+",fun _ -> numbers ( +/ ));
   ("int_add",fun _ -> numbers ( +/ ));
   ("*",fun _ -> numbers ( */ ));
   ("-",fun _ -> numbers subtract);
   ("DIV",fun _ -> numbers quo_num);
   ("MOD",fun _ -> numbers mod_num);
   ("EXP",fun _ -> numbers power_num);
   ("int_of_num",fun _ -> fun1 (fun n -> n));
   ("int_neg",fun _ -> fun1 (fun n -> Number (minus_num (number n))));
   ("<",fun _ -> compares ( </ ));
   ("=",fun _ -> fun2 (fun a b -> Truth (same a b)));
   ("T",fun _ -> Truth true);
   ("F",fun _ -> Truth false);
   ("~",fun _ -> fun1 (fun p -> Truth (not (truth p))));
   ("/\\",fun _ -> truths (&&));
   ("\\/",fun _ -> truths (||));
   ("==>",fun _ -> truths (fun p q -> not p || q));
   ("IN",fun _ -> fun2 (fun x s -> apply s x));
   ("FST",fun _ -> fun1 (function Data(",",[x;_]) -> x | _ -> fail()));
   ("SND",fun _ -> fun1 (function Data(",",[_;y]) -> y | _ -> fail()));
   ("bitval",fun _ -> fun1 (fun p -> Number (num (if truth p then 1 else 0))));
   ("word",fun ty -> let w = width (codomain ty) in
      fun1 (fun n -> Number (modulo w (number n))));
   ("val",fun _ -> fun1 (fun n -> n));
   ("ival",fun ty -> let w = width (domain ty) in
      fun1 (fun n -> Number (signed w (number n))));
   ("bit",fun ty -> let w = width (domain (codomain ty)) in
      fun2 (fun i n -> Truth (number i </ num w &&
        mod_num (quo_num (number n) (power_num (num 2) (number i))) (num 2)
        =/ num 1)));
   ("word_add",word_binary ( +/ ));
   ("word_sub",word_binary ( -/ ));
   ("word_and",word_binary (logical (land)));
   ("word_or",word_binary (logical (lor)));
   ("word_xor",word_binary (logical (lxor)));
   ("word_not",fun ty -> let w = width (domain ty) in
      fun1 (fun n -> Number (two_to w -/ num 1 -/ number n)));
   ("word_shl",shift (fun w a n -> modulo w (a */ two_to n)));
   ("word_ushr",shift (fun w a n -> quo_num a (two_to n)));
   ("word_ishr",shift (fun w a n ->
      modulo w (floor_num (signed w a // two_to n))));
   ("word_zx",fun ty -> let w = width (codomain ty) in
      fun1 (fun n -> Number (modulo w (number n))));
   ("word_sx",fun ty -> let v = width (domain ty)
                        and w = width (codomain ty) in
      fun1 (fun n -> Number (modulo w (signed v (number n)))));
   ("word_join",fun ty -> let low = width (domain (codomain ty))
                          and w = width (codomain (codomain ty)) in
      numbers (fun h l -> modulo w (h */ two_to low +/ l)));
   ("word_subword",fun ty -> let w = width (codomain (codomain ty)) in
      fun2 (fun a -> function
          Data(",",[p;k]) -> Number (modulo w (mod_num
            (quo_num (number a) (power_num (num 2) (number p)))
            (power_num (num 2) (number k))))
        | _ -> fail()))];;

(* ------------------------------------------------------------------------- *)
(* The compiler.  An environment is the values of the bound variables.       *)
(* ------------------------------------------------------------------------- *)

let clauses_of : (string,thm list) Hashtbl.t = Hashtbl.create 100;;
let compiled : (string * hol_type,value Lazy.t) Hashtbl.t = Hashtbl.create 100;;

(* |- clauses that define one constant *)
let evaluate_by th =
  let clauses = CONJUNCTS th in
  let head t = fst(dest_const(repeat rator (lhs(snd(strip_forall(concl t)))))) in
  Hashtbl.replace clauses_of (head (hd clauses)) (map SPEC_ALL clauses);;

let constructors = ref ["CONS",2; "NIL",0; ",",2; "NONE",0; "SOME",1];;

(* The values of a pattern's variables, in order, where it fits. *)
let rec fits pattern v bound =
  match pattern,v with
    Var _,_ -> Some (v::bound)
  | Comb(Const("SUC",_),p),Number n ->
      if n =/ num 0 then None else fits p (Number (n -/ num 1)) bound
  | Comb(Const("word",_),p),_ when is_numeral p -> fits p v bound
  | _ when is_numeral pattern ->
      if number v =/ dest_numeral pattern then Some bound else None
  | _ ->
      let c,ps = strip_comb pattern in
      (match v with
         Data(d,vs) when d = fst(dest_const c) ->
           List.fold_left2 (fun bound p v ->
             match bound with None -> None | Some l -> fits p v l)
             (Some bound) ps vs
       | _ -> None);;

let rec variables pattern bound =
  match pattern with
    Var _ -> pattern::bound
  | Comb(f,x) -> variables x (variables f bound)
  | _ -> bound;;

let rec compile ctx tm =
  if is_numeral tm then (let v = Number (dest_numeral tm) in fun _ -> v)
  else if ctx <> [] && frees tm = [] then
    let v = lazy (compile [] tm []) in fun _ -> Lazy.force v
  else match tm with
    Var _ -> let i = index tm ctx in fun env -> List.nth env i
  | Const(c,ty) -> let v = constant c ty in fun _ -> Lazy.force v
  | Abs(x,t) -> let f = compile (x::ctx) t in
      fun env -> Function (fun v -> f (v::env))
  | Comb(Comb(Comb(Const("COND",_),p),a),b) ->
      let p = compile ctx p and a = compile ctx a and b = compile ctx b in
      fun env -> if truth (p env) then a env else b env
  | Comb(Comb(Const("LET",_),Abs(x,t)),v) ->
      let f = compile (x::ctx) t and v = compile ctx v in
      fun env -> f (v env::env)
  | Comb(Const("LET_END",_),t) -> compile ctx t
  | Comb(Comb(Const("/\\",_),p),q) ->
      let p = compile ctx p and q = compile ctx q in
      fun env -> Truth (truth (p env) && truth (q env))
  (* !i. i < k ==> t, the one quantifier that can be tried *)
  | Comb(Const("!",_),
         Abs(x,Comb(Comb(Const("==>",_),
                         Comb(Comb(Const("<",_),y),k)),t))) when x = y ->
      let k = compile ctx k and f = compile (x::ctx) t in
      fun env ->
        let k = number (k env) in
        let rec holds i = i >=/ k ||
          truth (f (Number i::env)) && holds (i +/ num 1) in
        Truth (holds (num 0))
  | Comb(f,x) -> let f = compile ctx f and x = compile ctx x in
      fun env -> apply (f env) (x env)

and constant c ty =
  try Hashtbl.find compiled (c,ty) with Not_found ->
  let v = lazy
   (try (List.assoc c PRIMITIVES) ty with Not_found ->
    try curried (List.assoc c !constructors) (fun l -> Data(c,l)) []
    with Not_found ->
    try by_clauses (Hashtbl.find clauses_of c) c ty
    with Not_found -> failwith ("evaluate: no definition of " ^ c)) in
  Hashtbl.add compiled (c,ty) v; v

and by_clauses clauses c ty =
  let one th =
    let left,right = dest_eq (concl th) in
    let head,patterns = strip_comb left in
    let inst_ty = inst (type_match (type_of head) ty []) in
    let patterns = map inst_ty patterns in
    let ctx = itlist variables (rev patterns) [] in
    List.length patterns,patterns,
    lazy (compile ctx (inst_ty right)) in
  let table = map one clauses in
  let arity = let n,_,_ = hd table in n in
  let rec choose table args =
    match table with
      [] -> failwith ("evaluate: no clause of " ^ c ^ " fits")
    | (_,patterns,body)::rest ->
        (match List.fold_left2 (fun bound p v ->
           match bound with None -> None | Some l -> fits p v l)
           (Some []) patterns args with
           Some bound -> (Lazy.force body) bound
         | None -> choose rest args) in
  let f = curried arity (choose table) [] in
  (* a function of a byte is a table *)
  if arity = 1 && ty = `:byte->byte` then
    let known = Array.make 256 None in
    fun1 (fun v -> let i = Num.int_of_num (number v) in
      match known.(i) with
        Some w -> w
      | None -> let w = apply f v in known.(i) <- Some w; w)
  else f;;

let evaluate tm = compile [] tm [];;

(* ------------------------------------------------------------------------- *)
(* The primitives beside the kernel.                                         *)
(* ------------------------------------------------------------------------- *)

let random_word w =
  let n = itlist (fun _ n -> n */ two_to 24 +/ num (Random.bits() land 0xffffff))
            (1--11) (num 0) in
  match Random.int 8 with
    0 -> num (Random.int 3)
  | 1 -> two_to w -/ num 1 -/ num (Random.int 3)
  | 2 -> two_to (w - 1) -/ num (Random.int 2)
  | _ -> modulo w n;;

let PRIMITIVE_TERMS =
 [`SUC a`; `a + b:num`; `&a + &b:int`; `a * b:num`; `a - b:num`; `(a + b) DIV (k + 1)`;
  `(a + b) MOD (k + 1)`; `2 EXP k`; `a < b:num`; `a = b:num`;
  `(word a : int64) = word b`; `bitval (a < b)`; `val (word a : int32)`;
  `ival (word a : int64)`; `bit k (word a : int64)`;
  `word_add (word a) (word b) : int64`; `word_sub (word a) (word b) : int64`;
  `word_and (word a) (word b) : int64`; `word_or (word a) (word b) : int32`;
  `word_xor (word a) (word b) : int128`; `word_not (word a) : int64`;
  `word_shl (word a : int64) k`; `word_shl (word a : int32) k`;
  `word_ushr (word a : int64) k`; `word_ushr (word a : int32) k`;
  `word_ishr (word a : int64) k`; `word_zx (word a : int64) : int128`;
  `word_zx (word a : int64) : byte`; `word_sx (word a : 26 word) : int64`;
  `word_sx (word a : 19 word) : int64`; `word_sx (word a : 7 word) : int64`;
  `word_sx (word a : 9 word) : int64`;
  `word_join (word a : int64) (word b : int64) : int128`;
  `word_join (word a : int128) (word b : int128) : 256 word`;
  `word_join (word a : int32) (word b : int32) : int64`;
  `word_subword (word a : int128) (k,8) : byte`;
  `word_subword (word a : int128) (k,64) : int64`;
  `word_subword (word a : 256 word) (k,128) : int128`];;

let KERNEL_CONV = DEPTH_CONV
  (WORD_RED_CONV ORELSEC NUM_RED_CONV ORELSEC INT_RED_CONV ORELSEC
   FIRST_CONV (map REWR_CONV (CONJUNCTS BITVAL_CLAUSES)));;

let check_primitives count =
  let one tm =
    let literal w = mk_numeral (random_word w) in
    let tm = vsubst [literal 128,`a:num`; literal 128,`b:num`;
                     mk_small_numeral (Random.int 130),`k:num`] tm in
    let result = rand (concl (KERNEL_CONV tm)) in
    if not (same (evaluate tm) (evaluate result)) then
      failwith ("evaluate: the kernel differs on " ^ string_of_term tm) in
  List.iter (fun tm -> for i = 1 to count do one tm done) PRIMITIVE_TERMS;;
