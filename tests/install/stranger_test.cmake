# Installs BUILD into a fresh prefix, then configures, builds and runs the README's C++ program against it.
# cmake -D BUILD=... -D SOURCE=... -D COMPILER=... -D WORK=... -P stranger_test.cmake
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "${line}\nended with ${result}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE}/README.md readme)
string(REGEX MATCH "```cpp\n([^`]*)```" found "${readme}")
if(NOT found)
  message(FATAL_ERROR "README.md has no ```cpp program")
endif()
file(WRITE ${WORK}/main.cpp "${CMAKE_MATCH_1}")

step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
step(${CMAKE_COMMAND} -S ${SOURCE}/tests/install/stranger -B ${WORK}/build -G Ninja -D MAIN=${WORK}/main.cpp
  -D CMAKE_PREFIX_PATH=${WORK}/prefix -D CMAKE_CXX_COMPILER=${COMPILER})
step(${CMAKE_COMMAND} --build ${WORK}/build)
step(${WORK}/prefix/bin/forecost zoo resnet50 --hollow -o ${WORK}/resnet50.onnx)
step(${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/build/stranger)
if(NOT output MATCHES "4\\.09 G")
  message(FATAL_ERROR "the program should print ResNet-50's 4.09 G multiply-accumulates, but said:\n${output}")
endif()
