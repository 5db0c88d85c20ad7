" Syntax of the OMT transaction language.
if exists("b:current_syntax")
  finish
endif

syn match omtComment "#.*$"
syn match omtString "\"[^\"]*\""
syn match omtNumber "\<[0-9]\+\(\.[0-9]\+\)\?\>"
syn match omtConstant "\<[A-Z][A-Z0-9_]\+\>"
syn keyword omtKeyword transaction imports parameters enum record message block native function actor store trigger state
syn keyword omtKeyword initial terminal on auto timeout when else lookup from to by in signed keyed
syn keyword omtOperator AND OR NOT IF THEN ELSE RETURN FOR IN and or not if then return for
syn keyword omtAction STORE SEND BROADCAST APPEND
syn keyword omtLiteral true false null TRUE FALSE NULL
syn keyword omtType uint int float bool string bytes hash signature timestamp any dict list map
syn keyword omtSelf peer_id chain

hi def link omtComment Comment
hi def link omtString String
hi def link omtNumber Number
hi def link omtConstant Constant
hi def link omtKeyword Keyword
hi def link omtOperator Operator
hi def link omtAction Function
hi def link omtLiteral Boolean
hi def link omtType Type
hi def link omtSelf Identifier

let b:current_syntax = "omt"
