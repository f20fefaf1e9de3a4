"""Templates are compiled once, however many pages and languages are made of them."""

from jinja2 import DictLoader, Environment

from statuspage.compiled import CompiledTemplates


def code_of(kept, text):
    environment = Environment(loader=DictLoader({"page": text}), bytecode_cache=kept)
    return environment.get_template("page").root_render_func.__code__


def test_what_one_environment_compiled_another_takes():
    kept = CompiledTemplates()
    assert code_of(kept, "{{ 1 }}") is code_of(kept, "{{ 1 }}")
    assert code_of(kept, "{{ 1 }}") is not code_of(CompiledTemplates(), "{{ 1 }}")


def test_another_text_of_the_same_name_is_compiled_for_itself():
    kept = CompiledTemplates()
    assert code_of(kept, "{{ 1 }}") is not code_of(kept, "{{ 2 }}")


def test_renderers_share_it(renderer, german):
    codes = {
        one._environment.get_template("home.html").root_render_func.__code__
        for one in (renderer, german)
    }
    assert len(codes) == 1
