"""The server as its operator starts it."""


def test_a_folder_with_a_name_of_ours_is_not_taken_for_the_program(
    tmp_path, monkeypatch, serve_hub
):
    stranger = tmp_path / "hub"
    stranger.mkdir()
    (stranger / "__init__.py").write_text("raise RuntimeError('a stranger')")
    monkeypatch.chdir(tmp_path)
    with serve_hub(tmp_path / "data") as running:
        assert running.get("/healthz").status_code == 200
