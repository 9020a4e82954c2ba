#include "storage/disk/env_files.hpp"

#include "storage/disk/rocksdb_status.hpp"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

namespace hansard::detail {

namespace {

rocksdb::Status sync_folder(rocksdb::Env& env, const std::string& path) {
  std::unique_ptr<rocksdb::Directory> folder;
  auto status = env.NewDirectory(path, &folder);
  return status.ok() ? folder->Fsync() : status;
}

rocksdb::Status write_synced(
    rocksdb::Env& env, const std::string& path, std::string_view content) {
  std::unique_ptr<rocksdb::WritableFile> file;
  auto status = env.NewWritableFile(path, &file, rocksdb::EnvOptions{});
  if (status.ok())
    status = file->Append({content.data(), content.size()});
  if (status.ok())
    status = file->Fsync();
  if (status.ok())
    status = file->Close();
  return status;
}

} // namespace

std::string folder_of(const std::string& path) {
  auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

result<std::optional<std::string>>
read_file(rocksdb::Env& env, const std::string& path) {
  auto status = env.FileExists(path);
  if (status.IsNotFound())
    return std::optional<std::string>{};
  std::string content;
  if (status.ok())
    status = rocksdb::ReadFileToString(&env, path, &content);
  if (!status.ok())
    return to_error(status, "Reading " + path);
  return std::optional{std::move(content)};
}

rocksdb::Status replace_file(
    rocksdb::Env& env, const std::string& path, std::string_view content) {
  auto temporary = path + ".tmp";
  auto status = write_synced(env, temporary, content);
  if (status.ok())
    status = env.RenameFile(temporary, path);
  if (status.ok())
    status = sync_folder(env, folder_of(path));
  return status;
}

rocksdb::Status make_folders(rocksdb::Env& env, const std::string& path) {
  std::vector<std::string> missing;
  for (auto folder = path; !env.FileExists(folder).ok();
       folder = folder_of(folder)) {
    missing.push_back(folder);
    if (folder_of(folder) == folder)
      break;
  }
  for (; !missing.empty(); missing.pop_back()) {
    auto status = env.CreateDirIfMissing(missing.back());
    if (status.ok())
      status = sync_folder(env, folder_of(missing.back()));
    if (!status.ok())
      return status;
  }
  return rocksdb::Status::OK();
}

} // namespace hansard::detail
