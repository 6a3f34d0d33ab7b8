(* SPDX-License-Identifier: ISC

   A record of type definitions, compiled right after the kernel.

   The kernel keeps lists of axioms and of definitions of constants, and none of
   definitions of types.  All that is compiled after this file goes through the
   function below; what goes around it leaves a type that audit.ml finds in no
   record, and refuses. *)

let type_definitions = ref ([] : (string * (string * string) * thm * thm) list);;

let new_basic_type_definition name (abs, rep) th =
  let abs_rep, rep_abs = new_basic_type_definition name (abs, rep) th in
  type_definitions := (name, (abs, rep), abs_rep, rep_abs) :: !type_definitions;
  abs_rep, rep_abs;;
