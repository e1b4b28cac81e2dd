#!/usr/bin/env bash
# Renders the prompts that a catalogue names and that are not there yet.
#
#   sounds/build.sh                                    the shipped packs
#   sounds/build.sh scripts/sounds/catalog.yaml        a project's own prompts
#   rm sounds/ru/hello.wav && sounds/build.sh          one prompt again
#
# Debian packages: flite (English), festival festvox-ru (Russian), espeak-ng (Persian), sox.
# English and Russian are 16 kHz; Persian is 8 kHz, to stay small.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
catalog=${1:-$here/catalog.yaml}
folder=$(cd "$(dirname "$catalog")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in flite festival espeak-ng sox soxi; do
    command -v "$tool" >/dev/null || { echo "build.sh: \`$tool\` is not installed" >&2; exit 2; }
done

# name<TAB>text of one language, for each prompt whose file is missing
missing() {
    sed -nE "s|^([a-zA-Z0-9/_-]+): \{.*[ {]$1: \"([^\"]*)\".*\}\$|\1\t\2|p" "$catalog" |
        while IFS=$'\t' read -r name text; do
            [ -e "$folder/$1/$name.wav" ] || printf '%s\t%s\n' "$name" "$text"
        done
}

# 16 bit, mono; silence trimmed; words too short to catch are stretched; -20 dBFS RMS unless the
# peak would pass -1 dBFS
finish() { # raw.wav out.wav rate
    mkdir -p "$(dirname "$2")"
    local trim="silence 1 0.02 0.15% reverse silence 1 0.02 0.15% reverse"
    # shellcheck disable=SC2086
    sox -D -v 0.5 "$1" -r "$3" -c 1 -b 16 "$work/bare.wav" highpass 70 $trim
    local tempo gain
    tempo=$(soxi -D "$work/bare.wav" | awk '{ t = $1 / 0.42; print (t > 1 ? 1 : t < 0.7 ? 0.7 : t) }')
    sox -D "$work/bare.wav" -b 16 "$work/trimmed.wav" tempo -s "$tempo" pad 0.02 0.04
    gain=$(sox "$work/trimmed.wav" -n stats 2>&1 | awk '
        /^Pk lev dB/ { peak = $4 } /^RMS lev dB/ { rms = $4 }
        END { g = -20 - rms; if (g > -1 - peak) g = -1 - peak; printf "%.2f", g }')
    sox -D "$work/trimmed.wav" -b 16 "$2" gain "$gain" fade 0.005 -0 0.01
}

english() {
    missing en | while IFS=$'\t' read -r name text; do
        flite -voice rms -t "$text" -o "$work/raw.wav"
        finish "$work/raw.wav" "$folder/en/$name.wav" 16000
    done
}

# One festival for all of them: its voice takes longer to load than a sentence to speak.
russian() {
    missing ru >"$work/ru.list"
    [ -s "$work/ru.list" ] || return 0
    {
        echo '(voice_msu_ru_nsh_clunits)'
        local line=0
        while IFS=$'\t' read -r _ text; do
            line=$((line + 1))
            printf '(utt.save.wave (utt.synth (Utterance Text "%s")) "%s/ru-%d.wav" (quote riff))\n' "$text" "$work" "$line"
        done <"$work/ru.list"
    } >"$work/ru.scm"
    festival -b "$work/ru.scm"
    local line=0
    while IFS=$'\t' read -r name _; do
        line=$((line + 1))
        finish "$work/ru-$line.wav" "$folder/ru/$name.wav" 16000
    done <"$work/ru.list"
}

persian() {
    missing fa | while IFS=$'\t' read -r name text; do
        espeak-ng -v fa -s 155 -w "$work/raw.wav" "$text"
        finish "$work/raw.wav" "$folder/fa/$name.wav" 8000
    done
}

# Two tones, and hold music: four soft chords of detuned sines, 32 s, each chord fading into the
# next and the last one ending in silence, so that the loop does not click.
tones() {
    [ -e "$here/beep.wav" ] ||
        sox -n -r 16000 -c 1 -b 16 "$here/beep.wav" synth 0.4 sine 1000 fade 0.01 0.4 0.01 norm -17
    [ -e "$here/beeperr.wav" ] ||
        sox -n -r 16000 -c 1 -b 16 "$here/beeperr.wav" synth 0.5 sine 400 fade 0.01 0.5 0.02 norm -17
    [ ! -e "$here/hold/default.wav" ] || return 0
    mkdir -p "$here/hold"
    chord() { # name, then notes in Hz
        local out=$1 voices=() note
        shift
        for note in "$@"; do
            voices+=(sine "$note" sine "$(awk -v f="$note" 'BEGIN { printf "%.2f", f * 1.003 }')")
        done
        sox -n -r 16000 -c $((2 * $#)) "$work/wide.wav" synth 8 "${voices[@]}" gain -12
        sox "$work/wide.wav" -c 1 "$work/chord-$out.wav" remix - fade q 2 8 3 tremolo 0.4 20 lowpass 1800
    }
    # A slow line of single notes above the chords
    bell() { # name, then notes in Hz
        local out=$1 notes=() note index=0
        shift
        for note in "$@"; do
            sox -n -r 16000 -c 1 "$work/bell-$out-$index.wav" synth 1 sine "$note" gain -9 fade l 0.03 1 0.92
            notes+=("$work/bell-$out-$index.wav")
            index=$((index + 1))
        done
        sox "${notes[@]}" "$work/bell-$out.wav"
    }
    chord 1 130.81 196.00 261.63 329.63
    bell 1 523.25 659.25 783.99 659.25 587.33 659.25 523.25 493.88
    chord 2 110.00 164.81 220.00 329.63
    bell 2 440.00 523.25 659.25 523.25 493.88 523.25 440.00 523.25
    chord 3 87.31 174.61 220.00 349.23
    bell 3 349.23 440.00 523.25 440.00 587.33 523.25 440.00 392.00
    chord 4 98.00 146.83 196.00 293.66
    bell 4 392.00 493.88 587.33 493.88 659.25 587.33 493.88 523.25
    local part parts=()
    for part in 1 2 3 4; do
        sox -m -v 1 "$work/chord-$part.wav" -v 0.35 "$work/bell-$part.wav" "$work/part-$part.wav"
        parts+=("$work/part-$part.wav")
    done
    sox "${parts[@]}" -b 16 "$work/hold.wav" reverb 40
    local rms
    rms=$(sox "$work/hold.wav" -n stats 2>&1 | awk '/^RMS lev dB/ { print $4 }')
    sox "$work/hold.wav" -r 16000 -c 1 -b 16 "$here/hold/default.wav" \
        gain "$(awk -v r="$rms" 'BEGIN { printf "%.2f", -22 - r }')" fade q 0.05 -0 0.05
}

if [ "$folder" = "$here" ]; then tones; fi
english
russian
persian
