%module mod
%inline %{ static int answer(void) { return 42; } %}
