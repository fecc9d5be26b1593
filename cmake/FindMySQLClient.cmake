# The MySQL client library as MySQLClient::MySQLClient. WEIR_MYSQL_CLIENT chooses:
#   mariadb   MariaDB Connector/C, by pkg-config (Debian: libmariadb-dev, libmariadb-dev-compat)
#   oracle    Oracle's libmysqlclient 8 or later: MYSQL_INCLUDE (folder of mysql.h; more with ;) and MYSQL_LIBRARY (libmysqlclient.so or .a,
#             followed by what a static one needs, with ;)
add_library(MySQLClient::MySQLClient INTERFACE IMPORTED)
if(WEIR_MYSQL_CLIENT STREQUAL "oracle")
    include(FindPackageHandleStandardArgs)
    find_package_handle_standard_args(MySQLClient REQUIRED_VARS MYSQL_LIBRARY MYSQL_INCLUDE
        REASON_FAILURE_MESSAGE "WEIR_MYSQL_CLIENT=oracle needs -DMYSQL_INCLUDE=.. and -DMYSQL_LIBRARY=..: see docs/mysql-client.md")
    target_include_directories(MySQLClient::MySQLClient INTERFACE ${MYSQL_INCLUDE})
    target_link_libraries(MySQLClient::MySQLClient INTERFACE ${MYSQL_LIBRARY})
else()
    pkg_check_modules(MYSQL REQUIRED IMPORTED_TARGET mysqlclient)
    target_link_libraries(MySQLClient::MySQLClient INTERFACE PkgConfig::MYSQL)
    set(MySQLClient_FOUND TRUE)
endif()
