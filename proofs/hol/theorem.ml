(* SPDX-License-Identifier: ISC *)
(* All that is proved: the files below, each of which says what it holds. *)

needs "spec_test.ml";;
needs "expand_rules.ml";;
