au BufRead,BufNewFile *.omt setfiletype omt
