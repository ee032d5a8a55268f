"""The results file in the readers that people use: h5py, xarray with both engines, netCDF4, h5dump."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import h5py
import netCDF4
import numpy as np
import xarray
from samples import KINDS, ROOT, sample, write

GROUPS = ("drain", "events", "failovers", "inputs", "latency", "recovery", "replication", "replications", "served", "stores",
          "summary", "timeseries")


def every_dataset(file):
    return [(f"/{g}/{name}", dataset) for g in file for name, dataset in file[g].items()]


class Readers(unittest.TestCase):
    def each(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                yield sample(kind)

    def test_groups_and_root(self):
        for path in self.each():
            with h5py.File(path) as file:
                self.assertEqual(sorted(file), list(GROUPS))
                self.assertEqual(file.attrs["complete"], 1)
                self.assertEqual(file.attrs["aasim_schema_version"], 1)
                self.assertEqual(file.attrs["Conventions"], "CF-1.10")

    def test_every_dimension_has_a_scale_in_its_own_group(self):
        for path in self.each():
            with h5py.File(path) as file:
                for name, dataset in every_dataset(file):
                    if h5py.h5ds.is_scale(dataset.id):
                        continue
                    for axis, dim in enumerate(dataset.dims):
                        self.assertEqual(len(dim), 1, name)
                        self.assertEqual(dim[0].shape, (dataset.shape[axis],), name)
                        self.assertEqual(dim[0].name.rsplit("/", 1)[0], name.rsplit("/", 1)[0])

    def test_types_are_the_portable_ones(self):
        for path in self.each():
            with h5py.File(path) as file:
                for name, dataset in every_dataset(file):
                    text = h5py.check_string_dtype(dataset.dtype)
                    if text:
                        self.assertEqual((text.encoding, text.length), ("utf-8", None), name)
                    else:
                        self.assertIn(dataset.dtype.kind, "iuf", name)
                    if "_FillValue" in dataset.attrs:
                        self.assertEqual(dataset.attrs["_FillValue"].dtype, dataset.dtype, name)
                    if "flag_values" in dataset.attrs:
                        self.assertEqual(dataset.attrs["flag_values"].dtype, dataset.dtype, name)
                        self.assertEqual(len(dataset.attrs["flag_values"]),
                                         len(dataset.attrs["flag_meanings"].split()), name)

    def test_creation_order_is_tracked_and_times_are_not(self):
        with h5py.File(sample()) as file:
            tracked = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED
            self.assertEqual(file["/"].id.get_create_plist().get_link_creation_order(), tracked)
            for group in file.values():
                self.assertEqual(group.id.get_create_plist().get_link_creation_order(), tracked)
            for _, dataset in every_dataset(file):
                self.assertFalse(dataset.id.get_create_plist().get_obj_track_times())

    def test_both_engines_agree_with_h5py(self):
        for path in self.each():
            with h5py.File(path) as file:
                for group in GROUPS:
                    seen = [xarray.open_dataset(path, group=group, engine=e).load()
                            for e in ("h5netcdf", "netcdf4")]
                    self.assertTrue(seen[0].identical(seen[1]) or self.same(*seen), group)
                    self.assertEqual(set(seen[0].variables), set(file[group]), group)
                    for name, variable in seen[1].variables.items():
                        self.assertEqual(variable.shape, file[group][name].shape, name)
                        self.assertNotIn(variable.dtype.kind, "mM", f"{name} became a time")
                        if variable.dtype.kind == "O":
                            self.assertTrue(all(isinstance(v, str) for v in variable.values.flat), name)

    def same(self, left, right):
        for name in left.variables:
            a, b = left[name].values, right[name].values
            if a.dtype.kind == "f":
                np.testing.assert_array_equal(a, b, name)
            else:
                self.assertEqual(a.tolist(), b.tolist(), name)
        return True

    def test_coordinates_are_found(self):
        data = xarray.open_dataset(sample(), group="latency", engine="netcdf4")
        self.assertEqual(set(data.coords), {"design", "population", "class", "bin", "bin_lo", "bin_hi"})
        self.assertEqual(data["count"].sel(design="active-active", population="tokyo").dims, ("class", "bin"))

    def test_large_numbers_keep_all_their_digits(self):
        with h5py.File(sample()) as file:
            self.assertEqual(int(file["replications/digest"][0, 1]), 2**64 - 2)

    def test_missing_stores_are_nan(self):
        data = xarray.open_dataset(sample(), group="stores", engine="netcdf4")
        reads = data.reads.sel(design="one-region")
        self.assertTrue(np.isnan(reads.sel(store="carts")))
        self.assertEqual(float(reads.sel(store="orders")), 4 * 144000)

    def test_other_programs_can_add_to_it(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "copy.h5")
            shutil.copy(sample(), path)
            with netCDF4.Dataset(path, "a") as file:
                file.groups["summary"].createVariable("mine", "f8", ("design",))[:] = 1
            with h5py.File(path, "a") as file:
                file["summary"]["yours"] = np.zeros(3)
                file["summary/yours"].dims[0].attach_scale(file["summary/design"])
            xarray.Dataset({"x": ("x", [1.0])}).to_netcdf(path, mode="a", group="extra", engine="h5netcdf")
            for engine in ("h5netcdf", "netcdf4"):
                data = xarray.open_dataset(path, group="summary", engine=engine)
                self.assertEqual((data.mine.dims, float(data.mine.sum()), float(data.yours.sum())),
                                 (("design",), 3, 0))

    def test_hdf5_tools(self):
        for path in self.each():
            done = subprocess.run(["h5dump", "-H", path], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn('GROUP "timeseries"', done.stdout)
            self.assertEqual(subprocess.run(["h5diff", path, path]).returncode, 0)


class Bytes(unittest.TestCase):
    def test_circumstances_leave_no_trace(self):
        with tempfile.TemporaryDirectory() as directory:
            again = write("plain", os.path.join(directory, "another-name.h5"), TZ="Asia/Tokyo", LC_ALL="C",
                          OMP_NUM_THREADS="7", HOME="/nowhere", USER="somebody")
            left, right = pathlib.Path(sample()).read_bytes(), pathlib.Path(again).read_bytes()
            self.assertEqual(left, right)
            for trace in (socket.gethostname(), "another-name", directory, os.getcwd()):
                if len(trace) >= 5:  # a shorter one may be among the bytes by chance
                    self.assertFalse(trace.encode() in right, f"{trace!r} is in the file")

    def test_long_and_foreign_names_survive(self):
        with h5py.File(sample("names")) as file:
            self.assertEqual(len(file["summary/design"].asstr()[0]), 299 + len("one-region"))
            self.assertIn("東京 & Köln – «aktiv/aktiv» 🌍", file["summary/design_title"].asstr()[0])
            self.assertTrue(file["summary/population"].asstr()[3].endswith("são-paulo"))


class Page(unittest.TestCase):
    """docs/results-file.md: names everything, and its examples run."""

    text = (ROOT / "docs" / "results-file.md").read_text()

    def test_every_name_is_on_the_page(self):
        with h5py.File(sample()) as file:
            for name in file.attrs:
                self.assertIn(f"`{name}`", self.text)
            for group in file:
                section = self.text.split(f"\n## /{group}:")[1].split("\n## ")[0]
                for name, dataset in file[group].items():
                    if not h5py.h5ds.is_scale(dataset.id):
                        self.assertIn(f"`{name}`", section, f"/{group}/{name}")
            for metric in file["summary/metric"].asstr():
                self.assertIn(f"`{metric}`", self.text)

    def test_the_examples_run(self):
        examples = re.findall(r"```python\n(.*?)```", self.text, re.S)
        self.assertEqual(len(examples), 5)
        with tempfile.TemporaryDirectory() as directory:
            shutil.copy(sample(), os.path.join(directory, "results.h5"))
            for example in examples:
                self.assertLessEqual(len(example.splitlines()), 5)
                done = subprocess.run([sys.executable, "-c", example], cwd=directory, capture_output=True, text=True,
                                      env=dict(os.environ, PYTHONPATH=str(ROOT / "analysis")))
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
