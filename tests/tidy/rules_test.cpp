// Each check of the house against small planted sources: that it fails where it should, and only
// there.

#include "tests/tidy/rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lb::tidy {
namespace {

std::string repeated(const std::string& line, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += line;
  return text;
}

Findings layers_of(const std::string& path, const std::string& include) {
  return forbidden_layers(Source(path, "#include " + include + "\n"));
}

TEST(Layers, RefuseAnIncludeThatPointsUp) {
  EXPECT_EQ(layers_of("src/http/parser.cpp", "\"lb/net/connection.h\""),
            Findings{"src/http/parser.cpp:1: lb/net/connection.h is out of reach for layer http"});
  EXPECT_EQ(layers_of("include/lb/base/a.h", "\"lb/os/fd.h\"").size(), 1U);
  EXPECT_EQ(layers_of("include/lb/os/a.h", "\"lb/event/timer.h\"").size(), 1U);
}

TEST(Layers, KeepTheWingsAndTheProxyApart) {
  EXPECT_EQ(layers_of("src/upstream/pool.cpp", "\"lb/downstream/h1_server.h\"").size(), 1U);
  EXPECT_EQ(layers_of("src/downstream/a.cpp", "\"lb/upstream/pool.h\"").size(), 1U);
  for (const char* header : {"\"lb/downstream/a.h\"", "\"lb/net/a.h\"", "\"lb/os/a.h\""}) {
    EXPECT_EQ(layers_of("src/proxy/exchange.cpp", header).size(), 1U) << header;
  }
}

TEST(Layers, RefuseThePrivateHeaderOfAnother) {
  EXPECT_EQ(layers_of("src/net/a.cpp", "\"os/linux.h\""),
            Findings{"src/net/a.cpp:1: os/linux.h is private to layer os"});
}

TEST(Layers, AllowTheOwnLayerAndThoseBelow) {
  EXPECT_EQ(layers_of("src/http/a.cpp", "\"http/scan.h\""), Findings());
  EXPECT_EQ(layers_of("src/http/a.cpp", "\"lb/http/head.h\""), Findings());
  EXPECT_EQ(layers_of("src/proxy/a.cpp", "\"lb/upstream/upstream.h\""), Findings());
  EXPECT_EQ(layers_of("src/app/main.cpp", "\"lb/downstream/listener.h\""), Findings());
  EXPECT_EQ(layers_of("src/base/a.cpp", "<vector>"), Findings());
}

TEST(Cycles, AreFoundHoweverLong) {
  const std::vector<Source> sources = {
      Source("include/lb/base/a.h", "#include \"lb/base/b.h\"\n"),
      Source("include/lb/base/b.h", "#include \"base/c.h\"\n"),
      Source("src/base/c.h", "#include \"lb/base/a.h\"\n"),
      Source("src/base/d.cpp", "#include \"lb/base/a.h\"\n"),
  };
  EXPECT_EQ(include_cycles(sources),
            Findings{"include/lb/base/a.h:1: includes itself by way of include/lb/base/a.h "
                     "include/lb/base/b.h src/base/c.h"});
}

TEST(Cycles, ADiamondIsNone) {
  const std::vector<Source> sources = {
      Source("include/lb/base/a.h", "#include \"lb/base/b.h\"\n#include \"lb/base/c.h\"\n"),
      Source("include/lb/base/b.h", "#include \"lb/base/d.h\"\n"),
      Source("include/lb/base/c.h", "#include \"lb/base/d.h\"\n"),
      Source("include/lb/base/d.h", "#include <vector>\n"),
  };
  EXPECT_EQ(include_cycles(sources), Findings());
}

TEST(Headers, OfTheKernelStayInOs) {
  const std::string text = "#include <sys/socket.h>\n#include <vector>\n#include <unistd.h>\n";
  EXPECT_EQ(misplaced_headers(Source("src/net/a.cpp", text)),
            (Findings{"src/net/a.cpp:1: sys/socket.h belongs in os/",
                      "src/net/a.cpp:3: unistd.h belongs in os/"}));
  EXPECT_EQ(misplaced_headers(Source("src/os/a.cpp", text)), Findings());
}

TEST(Headers, OfALibraryStayInTheFileThatHidesIt) {
  const std::string text = "#include <spdlog/spdlog.h>\n";
  EXPECT_EQ(misplaced_headers(Source("src/base/log.cpp", text)), Findings());
  EXPECT_EQ(misplaced_headers(Source("include/lb/base/log.h", text)).size(), 1U);
  EXPECT_EQ(misplaced_headers(Source("src/app/main.cpp", "#include <cxxopts.hpp>\n")).size(), 1U);
}

TEST(Headers, InACommentDoNotCount) {
  EXPECT_EQ(misplaced_headers(Source("src/net/a.cpp", "/*\n#include <unistd.h>\n*/\n")),
            Findings());
}

TEST(KernelCalls, AreFoundOutsideOs) {
  const std::string text = "void f() {\n  ::close(3);\n  n = ::send(1, a);\n}\n";
  EXPECT_EQ(kernel_calls(Source("src/net/a.cpp", text)),
            (Findings{"src/net/a.cpp:2: ::close is called outside os/",
                      "src/net/a.cpp:3: ::send is called outside os/"}));
  EXPECT_EQ(kernel_calls(Source("src/os/a.cpp", text)), Findings());
}

TEST(KernelCalls, ClocksThreadsAndEntropyAreFound) {
  for (const char* line : {"auto t = std::chrono::steady_clock::now();", "auto t = Clock::now();",
                           "std::thread t(f);", "std::random_device d;"}) {
    EXPECT_EQ(kernel_calls(Source("src/net/a.cpp", line)).size(), 1U) << line;
  }
}

TEST(KernelCalls, OtherNamesAndTextDoNotCount) {
  const std::string text =
      "os::send(fd);\n"
      "std::vector<int>::size_type n(3);\n"
      "void* p = ::operator new(8);\n"
      "// ::send(fd)\n"
      "auto s = \"::send(fd) std::thread\";\n";
  EXPECT_EQ(kernel_calls(Source("src/net/a.cpp", text)), Findings());
}

TEST(FunctionLength, IsCountedFromTheDeclarationToTheBrace) {
  const std::string head = "namespace lb {\n\nint Parser::parse(int a,\n    int b) const {\n";
  const std::string line = "  use(\"{\");  // {\n";
  const std::string tail = "}\n}  // namespace lb\n";
  EXPECT_EQ(long_functions(Source("a.cpp", head + repeated(line, 67) + tail)), Findings());
  EXPECT_EQ(long_functions(Source("a.cpp", head + repeated(line, 68) + tail)),
            Findings{"a.cpp:3: Parser::parse has 71 lines (at most 70)"});
}

TEST(FunctionLength, FindsMembersTemplatesAndConstructors) {
  const std::string body = repeated("  if (a) {\n    b();\n  }\n", 30) + "}\n";
  for (const char* head :
       {"class A : public B<decltype(f())> {\n public:\n  void m() {\n",
        "class A final {\n  A() : a_{1}, b_(2) {\n", "struct alignas(64) A {\n  int m() {\n",
        "namespace n {\ntemplate <class T, int n = f<T>()>\nauto m(T t) -> int {\n",
        "class A {\n  template <class T>\n  class B {\n    void m(T t) {\n"}) {
    const std::string text = std::string(head).append(body).append("};\n");
    EXPECT_EQ(long_functions(Source("a.cpp", text)).size(), 1U) << head;
  }
}

TEST(FunctionLength, IgnoresClassesTablesAndDirectives) {
  const std::string members = repeated("  int m(int a) { return a; }\n", 100);
  const std::string rows = repeated("    {\"x\", f(1)},\n", 100);
  for (const std::string& text :
       {"class A {\n" + members + "};\n", "constexpr Row kRows[] = {\n" + rows + "};\n",
        "constexpr auto kRows = std::to_array<Row>({\n" + rows + "});\n",
        "#define A(x) \\\n  f(x) {\n" + repeated("int a = f(1);\n", 100)}) {
    EXPECT_EQ(long_functions(Source("a.cpp", text)), Findings()) << text.substr(0, 40);
  }
}

TEST(FileLength, IsBounded) {
  EXPECT_EQ(long_file(Source("a.cpp", repeated("\n", 400))), Findings());
  EXPECT_EQ(long_file(Source("a.cpp", repeated("\n", 401))),
            Findings{"a.cpp:1: 401 lines (at most 400)"});
}

TEST(Promises, NameTheirIssue) {
  const std::string word =
      "TO"
      "DO";
  EXPECT_EQ(nameless_promises(Source("a.cpp", "// " + word + "(#12): say it\n")), Findings());
  EXPECT_EQ(nameless_promises(Source("a.cpp", "int lb_" + word + "S; // XXXXXX\n")), Findings());
  for (const char* rest : {": say it", "(me): say it", "(#): say it", "(#12) say it"}) {
    EXPECT_EQ(nameless_promises(Source("a.cpp", "// " + word + rest + "\n")).size(), 1U) << rest;
  }
  EXPECT_EQ(nameless_promises(Source("a.cpp", std::string("// FIX") + "ME(#12): it\n")).size(), 1U);
}

TEST(PragmaOnce, ComesFirstInEveryHeader) {
  EXPECT_EQ(missing_pragma_once(Source("a.h", "#pragma once\n\nint a;\n")), Findings());
  EXPECT_EQ(missing_pragma_once(Source("a.cpp", "int a;\n")), Findings());
  EXPECT_EQ(missing_pragma_once(Source("a.h", "// A\n#pragma once\n")),
            Findings{"a.h:1: a header starts with #pragma once"});
}

TEST(Namespaces, AreOpenedInFunctionsOnly) {
  EXPECT_EQ(opened_namespaces(Source("a.cpp", "using namespace std;\n")).size(), 1U);
  EXPECT_EQ(opened_namespaces(Source("a.cpp", "{\n  using namespace std;\n}\n")), Findings());
  const std::string literals = "using namespace std::chrono_literals;\n";
  EXPECT_EQ(opened_namespaces(Source("a.cpp", literals)), Findings());
  EXPECT_EQ(opened_namespaces(Source("a.h", literals)).size(), 1U);
}

TEST(Blanks, ReplaceCommentsAndLiteralsAndKeepLines) {
  const Source source("a.cpp",
                      "int a = 16'384; // it's\n"
                      "char q = '\\''; f(\"a\\\"b\");\n"
                      "/* x\n y */ g(R\"m(raw \")\" \n)m\", 1);\n");
  EXPECT_EQ(source.code,
            "int a = 16'384;        \n"
            "char q = '  '; f(\"    \");\n"
            "    \n      g(            \n   , 1);\n");
}

}  // namespace
}  // namespace lb::tidy
