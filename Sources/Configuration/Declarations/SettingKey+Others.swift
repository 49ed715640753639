// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    /// What conda and micromamba can be told and krait has no use for. Scripts set it, so it is taken as it is written;
    /// one text, since a declaration for each would cost every start its time.
    static let ofOthers: [SettingKey] = names.utf8.split(separator: 0x20).map {
        SettingKey(String(Substring($0)), .any, .noEffect, "of conda's or micromamba's; krait has no such thing")
    }

    private static let names =
        "allow_conda_downgrades allow_cycles allow_non_channel_urls anaconda_upload auto_update_conda binstar_upload bld_path clobber conda-build "
        + "conda_build console create_base croot debug default_activation_env default_python default_threads dev "
        + "enable_private_envs env_spec environment_specifier error_upload_url execute_threads experimental "
        + "experimental_matchspec_parsing experimental_solver export_platforms extra_platforms force_32bit log_backtrace "
        + "log_pattern mamba_repodata_parsing migrated_channel_aliases migrated_custom_channels no_lock no_plugins "
        + "non_admin_enabled notify_outdated_conda number_channel_notices override_rc_files plugins preview "
        + "repodata_shards_threads repodata_threads report_errors retry_clean_cache rollback_enabled sat_solver self_update separate_format_cache "
        + "shortcuts_only signing_metadata_url_base solver solver_ignore_timestamps subdirs trace unsatisfiable_hints "
        + "unsatisfiable_hints_check_depth use_uv verify_threads"
}
