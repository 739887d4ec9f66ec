# An install tree from which find_package(Forecost) gives forecost::forecost and one target per stage.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(stages GLOBAL PROPERTY FORECOST_STAGES)
set(targets forecost)
foreach(stage IN LISTS stages)
  list(APPEND targets forecost_${stage})
endforeach()
install(TARGETS ${targets} EXPORT ForecostTargets FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(FORECOST_APP)
  install(TARGETS forecost_app RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(FORECOST_WITH_TORCH)
  install(TARGETS forecost_trainer forecost_torch_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Forecost)
install(EXPORT ForecostTargets NAMESPACE forecost:: DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ForecostConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/ForecostConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ForecostConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ForecostConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/ForecostConfigVersion.cmake DESTINATION ${package_folder})
