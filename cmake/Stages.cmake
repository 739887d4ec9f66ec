# Stages are folders of forecost/ in the order of forecost/ORDER; each is a static library that links the ones above it.

# Target all_verify_interface_header_sets compiles every public header alone.
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

add_library(forecost_warnings INTERFACE)
target_compile_options(forecost_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Wunused -Woverloaded-virtual -Werror
  # false alarms on "literal" + std::string, GCC bug 105651
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-missing-field-initializers>)
add_library(forecost_sanitize INTERFACE)
if(FORECOST_SANITIZE)
  target_compile_options(forecost_sanitize INTERFACE -fsanitize=${FORECOST_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(forecost_sanitize INTERFACE -fsanitize=${FORECOST_SANITIZE})
endif()

# forecost_stage(<name> AFTER <stages>... LIBRARIES <targets>...)
function(forecost_stage name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "AFTER;LIBRARIES")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.h)
  add_library(forecost_${name} STATIC ${sources})
  add_library(forecost::${name} ALIAS forecost_${name})
  set_target_properties(forecost_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON LINKER_LANGUAGE CXX)
  target_sources(forecost_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${headers})
  foreach(above IN LISTS arg_AFTER)
    target_link_libraries(forecost_${name} PUBLIC forecost_${above})
  endforeach()
  target_link_libraries(forecost_${name} PUBLIC ${arg_LIBRARIES} PRIVATE
    $<BUILD_INTERFACE:forecost_warnings> $<BUILD_INTERFACE:forecost_sanitize>)
  set_property(GLOBAL APPEND PROPERTY FORECOST_STAGES ${name})
endfunction()

# forecost_registry(<stage> LIST <file> TYPE <C++ type> HEADER <header> FUNCTION <name> TESTS <folder>)
# Each line of the list is "<entry>  <summary>": it needs <stage>/<list>/<entry>.cpp with `<TYPE> <entry>()` in namespace
# forecost::<stage>::<list>, and a test. The table `<FUNCTION>` in namespace forecost::<stage> is generated in list order.
# TYPE is one card or, with MANY, a std::vector of cards.
function(forecost_registry stage)
  cmake_parse_arguments(PARSE_ARGV 1 arg "MANY" "LIST;TYPE;HEADER;FUNCTION" "")
  set(list_file ${PROJECT_SOURCE_DIR}/forecost/${stage}/${arg_LIST}.txt)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list_file})
  file(STRINGS ${list_file} lines REGEX "^[a-z]")
  set(declarations "")
  set(entries "")
  set(names "")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^[a-z0-9_]+" entry "${line}")
    set(source ${PROJECT_SOURCE_DIR}/forecost/${stage}/${arg_LIST}/${entry}.cpp)
    if(NOT EXISTS ${source})
      message(FATAL_ERROR "${list_file} lists '${entry}', but ${source} does not exist: write it or remove the line")
    endif()
    if(FORECOST_TESTS AND NOT EXISTS ${PROJECT_SOURCE_DIR}/tests/${stage}/${arg_LIST}/${entry}_test.cpp)
      message(FATAL_ERROR "'${entry}' of ${arg_LIST}.txt has no test: write tests/${stage}/${arg_LIST}/${entry}_test.cpp")
    endif()
    list(APPEND names ${entry})
    if(arg_MANY)
      string(APPEND declarations "std::vector<${arg_TYPE}> ${entry}();\n")
      string(APPEND entries "    for (auto& card : ${arg_LIST}::${entry}()) table.push_back(std::move(card));\n")
    else()
      string(APPEND declarations "${arg_TYPE} ${entry}();\n")
      string(APPEND entries "    table.push_back(${arg_LIST}::${entry}());\n")
    endif()
  endforeach()
  file(GLOB present CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/forecost/${stage}/${arg_LIST}/*.cpp)
  foreach(source IN LISTS present)
    get_filename_component(entry ${source} NAME_WE)
    if(NOT entry IN_LIST names)
      message(FATAL_ERROR "${source} is not listed in ${list_file}: add a line '${entry}  <summary>'")
    endif()
  endforeach()
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${stage}_${arg_LIST}.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT "// Generated from ${arg_LIST}.txt: do not edit.
#include <utility>
#include <vector>

#include \"${arg_HEADER}\"

namespace forecost::${stage} {
namespace ${arg_LIST} {
${declarations}}  // namespace ${arg_LIST}

const std::vector<${arg_TYPE}>& ${arg_FUNCTION}() {
  static const std::vector<${arg_TYPE}> cards = [] {
    std::vector<${arg_TYPE}> table;
${entries}    return table;
  }();
  return cards;
}

}  // namespace forecost::${stage}
" @ONLY)
  target_sources(forecost_${stage} PRIVATE ${generated})
endfunction()
