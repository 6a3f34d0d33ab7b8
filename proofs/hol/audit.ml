(* SPDX-License-Identifier: ISC

   What the logic rests on, and which theorems there are.

   Compiled before all proofs, so that nothing which they define is in use here, and
   run after them: audit fails unless

   - the axioms are HOL Light's own: extensionality, choice and infinity;
   - every other type and constant came from a definition: the kernel's list of
     these has each constant, and the guard's each type;
   - no constant of ours has a type with a variable that HOL Light made up;
   - terms are read as HOL Light reads them without the proofs;
   - each listed theorem has no hypotheses, and says just what the list says, where
     a variable that is free is one for all values. *)

let axioms_wanted = [
  `!t:A->B. (\x. t x) = t`;
  `!P (x:A). P x ==> P ((@) P)`;
  `?f:ind->ind. ONE_ONE f /\ ~ONTO f`];;

let primitive_types = ["bool"; "fun"; "ind"];;
let primitive_constants = ["="; "@"];;

let interface_before = !the_interface;;

let refuse what names =
  if names <> [] then
    failwith (what ^ ": " ^ String.concat ", " names);;

let check_axioms () =
  let have = map concl (axioms ()) in
  let extra = filter (fun t -> not (exists (aconv t) axioms_wanted)) have in
  refuse "axiom" (map string_of_term extra);
  if length have <> length axioms_wanted then failwith "axioms are missing";;

let check_types () =
  let recorded = map (fun (name, _, _, _) -> name) !type_definitions in
  refuse "type without a definition"
    (subtract (subtract (map fst (types ())) primitive_types) recorded);;

let check_constants () =
  let defined = map (fst o dest_const o lhand o concl) (definitions ()) in
  let of_types = List.concat
    (map (fun (_, (abs, rep), _, _) -> [abs; rep]) !type_definitions) in
  let known = Hashtbl.create 4000 in
  do_list (fun name -> Hashtbl.replace known name ())
    (primitive_constants @ of_types @ defined);
  refuse "constant without a definition"
    (filter (fun name -> not (Hashtbl.mem known name))
      (map fst (constants ())));;

(* A type that was left open by mistake: HOL Light gives it a variable with a name
   that nobody writes.  It has done so for many constants of its own. *)
let rec is_left_open ty =
  if is_vartype ty then String.get (dest_vartype ty) 0 = '?'
  else exists is_left_open (snd (dest_type ty));;

let constants_before = length (constants ());;

let check_left_open () =
  let ours, _ =
    chop_list (length (constants ()) - constants_before) (constants ()) in
  refuse "constant whose type is left open"
    (map fst (filter (is_left_open o snd) ours));;

let check_interface () =
  if !the_interface <> interface_before then
    failwith "names stand for other constants than in HOL Light";;

let check_theorem (name, th, statement) =
  refuse (name ^ " has hypotheses") (map string_of_term (hyp th));
  let body tm = snd (strip_forall tm) in
  let proved = concl th and said = parse_term statement in
  if not (aconv proved said || aconv (body proved) (body said)) then
    failwith (name ^ " says something else:\n" ^ string_of_thm th);;

let check_logic () =
  check_axioms (); check_types (); check_constants ();
  check_left_open (); check_interface ();;

(* One line for each result, which check.py reads. *)
let attempt name f x =
  match f x with
  | () -> Printf.printf "pass %s\n%!" name
  | exception Failure why -> Printf.printf "FAIL %s: %s\n%!" name why;;

let audit listed =
  attempt "logic" check_logic ();
  do_list (fun (name, th, statement) ->
    attempt name check_theorem (name, th, statement)) listed;;
