# Embed.cmake - a file's bytes as a C array. cmake -DIN=<file> -DOUT=<out.c> -DNAME=<name> -P Embed.cmake
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {${bytes}0};\n")
