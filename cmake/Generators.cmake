# re2c and lemon, their output in the build folder.
find_program(RE2C re2c REQUIRED)
find_program(LEMON lemon REQUIRED)
# Laid out as the sources are, so that "router/sql/grammar.h" is found from everywhere.
set(WEIR_GENERATED ${PROJECT_BINARY_DIR}/generated)
include_directories(${WEIR_GENERATED})

# weir_re2c(<in.re> <out.c>)
function(weir_re2c input output)
    get_filename_component(in ${input} ABSOLUTE)
    add_custom_command(OUTPUT ${output}
        COMMAND ${RE2C} -W -Werror -i --no-generation-date -o ${output} ${in}
        DEPENDS ${in} COMMENT "re2c ${input}" VERBATIM)
endfunction()

# weir_lemon(<in.y> <out folder>): makes <name>.c and <name>.h there
function(weir_lemon input folder)
    get_filename_component(in ${input} ABSOLUTE)
    get_filename_component(name ${input} NAME_WE)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${folder}/${name}.c ${folder}/${name}.h BYPRODUCTS ${folder}/${name}.out
        COMMAND ${LEMON} -d${folder} ${in}
        DEPENDS ${in} COMMENT "lemon ${input}" VERBATIM)
endfunction()

# weir_layer(<name> <sources..>): one folder of the library as objects, with access to the layers below it
function(weir_layer name)
    add_library(weir_${name} OBJECT ${ARGN})
    target_include_directories(weir_${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include ${CMAKE_CURRENT_BINARY_DIR})
    target_compile_definitions(weir_${name} PRIVATE _GNU_SOURCE WEIR_VERSION="${PROJECT_VERSION}" $<$<BOOL:${WEIR_FAULTS}>:WEIR_FAULTS>)
    target_link_libraries(weir_${name} PRIVATE weir_warnings)
endfunction()
