#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make prove-hol": the theorems, and what has to be refused as one.
cd "${builddir:=$PWD}" || exit
exec /usr/bin/python3 -B "${srcdir:=.}/proofs/hol/check.py" variants/hol
