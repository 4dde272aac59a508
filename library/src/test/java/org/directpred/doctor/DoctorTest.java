package org.directpred.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.directpred.doctor.Checkup.Level;
import org.junit.jupiter.api.Test;

class DoctorTest {
    @Test
    void thisMachineTrainsAndItsEngineComputesRightly() {
        Checkup checkup = Doctor.report();
        assertThat(checkup.worst()).as(checkup.toString()).isNotEqualTo(Level.FAULT);
        assertThat(checkup.line("engine").found()).startsWith("PyTorch ");
        assertThat(checkup.line("eigenvalues").level()).isEqualTo(Level.OK);
        // In float32 the plain loops in double are not met to the last digit.
        assertThat(checkup.line("convolution").found()).matches(".*error [1-9].*e-0[5-8]");
        assertThat(checkup.toString().lines()).hasSameSizeAs(checkup.lines());
        assertThatThrownBy(() -> checkup.line("tyres")).hasMessageContaining("tyres");
    }

    @Test
    void aKernelForCudaOnAMachineWithoutADriverIsAFaultAndNeverASilentCpu() {
        String before = System.getProperty("directpred.device");
        System.setProperty("directpred.device", "CUDA");
        try {
            Checkup checkup = Doctor.report();
            assertThat(checkup.worst()).isEqualTo(Level.FAULT);
            assertThat(checkup.line("card").level()).isEqualTo(Level.FAULT);
            assertThat(checkup.line("card").found()).isEqualTo("the engine sees no GPU");
        } finally {
            if (before == null) {
                System.clearProperty("directpred.device");
            } else {
                System.setProperty("directpred.device", before);
            }
        }
    }

    @Test
    void aWrongResultAndOneThatIsNoNumberAreFaults() {
        Doctor doctor = new Doctor();
        doctor.judge("right", "x", Device.cpu(), 1e-6, 1e-5);
        doctor.judge("wrong", "x", Device.cpu(), 1e-4, 1e-5);
        doctor.judge("none", "x", Device.cpu(), Double.NaN, 1e-5);
        Checkup checkup = doctor.checkup();
        assertThat(checkup.line("right").level()).isEqualTo(Level.OK);
        assertThat(checkup.line("wrong").level()).isEqualTo(Level.FAULT);
        assertThat(checkup.line("none").level()).isEqualTo(Level.FAULT);
    }
}
