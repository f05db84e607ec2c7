#include "pipeline/job_directory.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace troupe::pipeline {
namespace {
namespace fs = std::filesystem;

class JobDirectoryTest : public ::testing::Test {
 protected:
  JobDirectoryTest() {
    std::string name = (fs::temp_directory_path() / "troupe-test-XXXXXX").string();
    base_ = ::mkdtemp(name.data());
    root_ = base_ / "temp";
  }
  ~JobDirectoryTest() override { fs::remove_all(base_); }
  std::unique_ptr<JobDirectory> make(bool keep = false) {
    auto made = JobDirectory::create(root_, keep);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  /// Leaves the folder as a process that died would: content kept, lock gone.
  fs::path abandon(const fs::path& temp_to_record) {
    const fs::path folder = root_ / "job-dead01";
    fs::create_directories(folder);
    std::ofstream(folder / "lock") << "";
    std::ofstream(folder / "temps", std::ios::binary) << temp_to_record.string() << '\0';
    return folder;
  }
  fs::path base_, root_;
};

TEST_F(JobDirectoryTest, IsPrivateAndGoneWithItsOwner) {
  auto job = make();
  struct stat info {};
  ASSERT_EQ(::stat(job->path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0700u);
  std::ofstream(job->path() / "something") << "x";
  const fs::path path = job->path();
  job.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(JobDirectoryTest, UnfinishedTempGoesWithItsOwner) {
  auto job = make();
  const auto temp = job->temp_for(base_ / "dub.wav");
  ASSERT_TRUE(temp) << temp.error().message;
  EXPECT_TRUE(fs::exists(*temp));
  EXPECT_EQ(temp->parent_path(), base_);
  job.reset();
  EXPECT_FALSE(fs::exists(*temp));
}

TEST_F(JobDirectoryTest, TempsOfOneOutputDiffer) {
  auto job = make();
  EXPECT_NE(*job->temp_for(base_ / "dub.wav"), *job->temp_for(base_ / "dub.wav"));
}

TEST_F(JobDirectoryTest, MissingFolderIsTroubleWithTheOutput) {
  EXPECT_EQ(make()->temp_for(base_ / "nowhere" / "dub.wav").error().code, Errc::io);
}

TEST_F(JobDirectoryTest, TempsOfADirectoryThatIsGoneAreRemovedBesideTheNextOutput) {
  auto job = make();
  const std::string live = job->temp_for(base_ / "dub.wav")->filename().string();
  const auto named = [&](const std::string& id, char root_digit) {
    std::string name = live;
    const std::size_t at = name.find(".troupe-job-") + 12;
    name.replace(at, 6, id);
    if (root_digit != 0) name[at + 7] = root_digit;
    std::ofstream(base_ / name) << "partial";
    return base_ / name;
  };
  const char digit = live[live.find(".troupe-job-") + 19];
  const fs::path orphan = named("gone01", 0);
  const fs::path foreign = named("gone02", digit == '0' ? '1' : '0');
  fs::create_directories(root_ / "job-kept03");
  const fs::path known = named("kept03", 0);
  ASSERT_TRUE(make()->temp_for(base_ / "dub.wav"));
  EXPECT_FALSE(fs::exists(orphan));
  EXPECT_TRUE(fs::exists(foreign)) << "a job below another root may live";
  EXPECT_TRUE(fs::exists(known));
  EXPECT_TRUE(fs::exists(base_ / live));
}

TEST_F(JobDirectoryTest, VeryLongNamesStillFit) {
  auto job = make();
  EXPECT_TRUE(job->temp_for(base_ / (std::string(250, 'x') + ".wav")));
}

TEST_F(JobDirectoryTest, SweepLeavesLiveJobsAlone) {
  auto job = make();
  const auto temp = job->temp_for(base_ / "dub.wav");
  JobDirectory::sweep(root_);
  EXPECT_TRUE(fs::exists(job->path()));
  EXPECT_TRUE(fs::exists(*temp));
}

TEST_F(JobDirectoryTest, SweepRemovesADeadJobAndItsRecordedTemp) {
  const fs::path temp = base_ / ".dub.wav.troupe-job-dead01-1.tmp";
  std::ofstream(temp) << "partial";
  const fs::path folder = abandon(temp);
  JobDirectory::sweep(root_);
  EXPECT_FALSE(fs::exists(folder));
  EXPECT_FALSE(fs::exists(temp));
}

TEST_F(JobDirectoryTest, SweepRemovesNoFileThatIsNotATempOfThatJob) {
  for (const char* name : {"precious.wav", ".precious.tmp", ".dub.wav.troupe-job-other1-1.tmp"}) {
    const fs::path file = base_ / name;
    std::ofstream(file) << "precious";
    abandon(file);
    JobDirectory::sweep(root_);
    EXPECT_TRUE(fs::exists(file)) << name;
  }
}

TEST_F(JobDirectoryTest, SweepRemovesNoLinkAndNoFolderOfATempName) {
  const fs::path target = base_ / "precious";
  std::ofstream(target) << "precious";
  const fs::path link = base_ / ".a.troupe-job-dead01-1.tmp";
  fs::create_symlink(target, link);
  abandon(link);
  JobDirectory::sweep(root_);
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_TRUE(fs::exists(target));
}

TEST_F(JobDirectoryTest, SweepDoesNotFollowALinkThatLooksLikeAJob) {
  const fs::path outside = base_ / "outside";
  fs::create_directories(outside);
  std::ofstream(outside / "precious") << "x";
  fs::create_directories(root_);
  fs::create_directory_symlink(outside, root_ / "job-linked");
  JobDirectory::sweep(root_);
  EXPECT_TRUE(fs::exists(outside / "precious"));
}

TEST_F(JobDirectoryTest, KeptFolderSurvivesItsOwnerAndSweeps) {
  auto job = make(true);
  const fs::path path = job->path();
  job.reset();
  JobDirectory::sweep(root_);
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(JobDirectoryTest, RootOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a folder away";
  fs::create_directories(root_);
  ASSERT_EQ(::chown(root_.c_str(), 65534, 65534), 0);
  const auto made = JobDirectory::create(root_, false);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::io);
}

TEST_F(JobDirectoryTest, SpoolGivesBackWhatManyThreadsPutIn) {
  auto job = make();
  auto spool = AudioSpool::create(job->path());
  ASSERT_TRUE(spool) << spool.error().message;
  std::vector<AudioSpool::Handle> handles(64);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < handles.size(); i += 8)
          handles[i] = *(*spool)->append(std::vector<float>(1000 + i, static_cast<float>(i)));
      });
  }
  for (std::size_t i = 0; i < handles.size(); ++i)
    EXPECT_EQ((*spool)->read(handles[i])->samples,
              std::vector<float>(1000 + i, static_cast<float>(i)));
}

TEST_F(JobDirectoryTest, SpoolReadPastItsEndIsAnErrorNotSilence) {
  auto job = make();
  auto spool = AudioSpool::create(job->path());
  ASSERT_TRUE((*spool)->append(std::vector<float>(10, 1.0f)));
  EXPECT_FALSE((*spool)->read({0, 20}));
}

}  // namespace
}  // namespace troupe::pipeline
